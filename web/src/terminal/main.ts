import { GatewayApi } from '../api/gateway.ts';
import { findToken } from '../api/token.ts';
import { StartPage } from './start.ts';
import { TerminalPage } from './page.ts';

const query = new URLSearchParams(location.search);
const session = query.get('session');
const api = new GatewayApi(findToken());
if (session === null || session === '') {
  void new StartPage(api).show();
} else {
  const link = query.get('link');
  // A link lets look, whatever the page would like.
  new TerminalPage(api, session, { link, readOnly: link !== null || query.has('read') }).show();
}
