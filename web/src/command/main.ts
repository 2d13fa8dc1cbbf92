import { GatewayApi } from '../api/gateway.ts';
import { findToken } from '../api/token.ts';
import { CommandPage } from './page.ts';

void new CommandPage(new GatewayApi(findToken())).show();
