import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  // Where the gateway serves what the pages need: see PageFiles of Bascule.Gateway.
  base: '/_bascule/pages/',
  build: {
    outDir: path('../src/Bascule.Gateway/Pages/dist'),
    emptyOutDir: true,
    target: 'es2022',
    // The pages may load nothing but files (Content-Security-Policy: default-src 'self').
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { terminal: path('terminal.html'), command: path('command.html') } },
  },
  test: { include: ['test/**/*.test.ts'] },
});
