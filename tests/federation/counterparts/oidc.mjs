// An OpenID Connect provider that others wrote and certified (npm oidc-provider), on loopback.
// Arguments: where its packages are, client id, client secret, where to send people back to.
import { createServer } from 'node:http';

const [packages, client_id, client_secret, callback] = process.argv.slice(2);
const { default: Provider } = await import(`${packages}/node_modules/oidc-provider/lib/index.js`);

function account(ctx, id) {
  const claims = { sub: id, name: 'Ana Sousa', email: `${id}@example.org`, email_verified: !id.startsWith('unverified') };
  return { accountId: id, claims: async () => claims };
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id, client_secret, redirect_uris: [callback], require_auth_time: true }],
    claims: { email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: account,
    pkce: { required: () => true },
  });
  server.on('request', provider.callback());
  console.log(JSON.stringify({ issuer }));
});
process.stdin.resume().on('end', () => process.exit());
