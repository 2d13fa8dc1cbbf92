import jwt
import websockets
from fastapi import FastAPI, WebSocket

app = FastAPI()
EXPERIENCES = {"wylding-woods": "ws://kb:8001/ws"}
SECRET = open("/run/secrets/jwt").read()


@app.websocket("/ws/experience")
async def experience(websocket: WebSocket, token: str = "", experience: str = ""):
    try:
        jwt.decode(token, SECRET, algorithms=["HS256"])
        backend = EXPERIENCES[experience]
    except Exception:
        await websocket.close()
        return
    await websocket.accept()
    async with websockets.connect(backend) as upstream:
        while True:
            await upstream.send(await websocket.receive_text())
            await websocket.send_text(await upstream.recv())
