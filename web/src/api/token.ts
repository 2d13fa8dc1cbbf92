// The user's token: from `#token=…` of the address or typed in, kept for this tab alone, and never left in the address.

const KEY = 'bascule.token';

export function findToken(): string | null {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const given = fragment.get('token');
  if (given !== null) {
    keepToken(given);
    fragment.delete('token');
    const rest = fragment.toString();
    history.replaceState(history.state, '', location.pathname + location.search + (rest === '' ? '' : `#${rest}`));
  }
  return sessionStorage.getItem(KEY);
}

/** An empty one is forgotten. */
export function keepToken(token: string): void {
  if (token.trim() === '') {
    sessionStorage.removeItem(KEY);
  } else {
    sessionStorage.setItem(KEY, token.trim());
  }
}
