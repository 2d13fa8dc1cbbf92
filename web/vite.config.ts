import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Where the gateway serves what the pages need: see PageFiles of Bascule.Gateway.
  base: '/_bascule/pages/',
  build: {
    outDir: '../src/Bascule.Gateway/Pages/dist',
    emptyOutDir: true,
    target: 'es2022',
    // The pages may load nothing but files (Content-Security-Policy: default-src 'self').
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What others wrote comes with their licences.
    license: { fileName: 'licenses.md' },
    rollupOptions: { input: { terminal: 'terminal.html', command: 'command.html' } },
  },
  test: { include: ['test/**/*.test.ts'] },
});
