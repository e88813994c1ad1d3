// The WorkOS emulator (npm workos), on loopback alone: its own start listens on every address.
// Arguments: where its packages are, the API key to accept.
const [packages, key] = process.argv.slice(2);
const modules = `${packages}/node_modules`;
const { createServer } = await import(`${modules}/workos/dist/emulate/core/index.js`);
const { workosPlugin } = await import(`${modules}/workos/dist/emulate/workos/index.js`);
const { serve } = await import(`${modules}/@hono/node-server/dist/index.mjs`);

const { app, store } = createServer(workosPlugin, { apiKeys: { [key]: { environment: 'test' } } });
workosPlugin.seed?.(store, 'http://127.0.0.1');
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => {
  console.log(JSON.stringify({ issuer: `http://127.0.0.1:${port}` }));
});
process.stdin.resume().on('end', () => process.exit());
