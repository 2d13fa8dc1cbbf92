import { io } from 'socket.io-client';
const socket = io('https://app.example.com');
