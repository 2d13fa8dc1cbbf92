import { keepToken } from '../api/token.ts';
import { part } from './dom.ts';

/** Asks for a token; the page begins anew with it. */
export function askForToken(): void {
  const form = part('token-form', HTMLFormElement);
  const field = part('token', HTMLInputElement);
  if (!form.hidden) {
    return;
  }
  form.hidden = false;
  field.focus();
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    keepToken(field.value);
    location.reload();
  });
}
