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
  new TerminalPage(api, session, { link: query.get('link'), readOnly: query.has('read') }).show();
}
