import { defineConfig } from 'vitest/config';

// The client is embedded in the Go binary from dist/. Every built file but the page has a hash in its name,
// so that the server may let browsers keep it for ever.
export default defineConfig({
  base: '/',
  build: {
    outDir: 'dist',
    // public/.keep stands for dist/.keep, which the Go side embeds even before the first build.
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
  },
  worker: { format: 'es' },
  server: { host: '127.0.0.1', proxy: proxied(process.env.WARDMAP_URL ?? 'http://127.0.0.1:8080') },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
});

function proxied(target: string) {
  const paths = ['/layers', '/style.json', '/tiles', '/collections', '/edits', '/search', '/events', '/healthz', '/readyz', '/units', '/fences', '/alerts', '/live', '/route', '/scenes'];
  return Object.fromEntries(paths.map((path) => [path, { target, changeOrigin: false, ws: path === '/live' }]));
}
