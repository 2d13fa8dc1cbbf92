namespace Bascule.Cli;

/// <summary>A page to try the demo by hand.</summary>
internal static class DemoPage
{
    internal const string Html = """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Bascule demo</title>
        <link rel="icon" href="data:,">
        <style>
          :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
          body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
          button, input { font: inherit; padding: .35rem .7rem; margin: .15rem; }
          #log { font: 14px/1.45 ui-monospace, monospace; white-space: pre-wrap; border: 1px solid #8886; border-radius: 6px; padding: .7rem; min-height: 14rem; }
          .bad { color: #c0392b; } .good { color: #1e8449; }
          @media (prefers-color-scheme: dark) { .bad { color: #ff8a75; } .good { color: #7ddf9a; } }
        </style>
        <h1>Bascule demo</h1>
        <p>Every button opens a WebSocket through the gateway. When one is refused or ends, ask why.</p>
        <p><input id="token" size="40" placeholder="token (printed by bascule demo)" aria-label="token"></p>
        <p>
          <button onclick="go('/echo')">echo</button>
          <button onclick="go('/clock')">clock</button>
          <button onclick="go('/ws/experience?experience=wylding-woods', true)">experience, with token</button>
          <button onclick="go('/ws/experience?experience=wylding-woods')">without token</button>
          <button onclick="go('/ws/experience?experience=atlantis', true)">unknown experience</button>
          <button onclick="go('/nowhere')">unknown path</button>
          <button onclick="socket && socket.close(1000, 'done')">close</button>
        </p>
        <div id="log" role="log" aria-live="polite"></div>
        <script>
          let socket;
          const say = (text, kind = '') => {
            const line = document.createElement('div');
            line.className = kind;
            line.textContent = text;
            document.getElementById('log').append(line);
          };
          async function go(path, withToken) {
            if (socket) socket.close();
            const attempt = [...crypto.getRandomValues(new Uint8Array(16))].map(b => b.toString(16).padStart(2, '0')).join('');
            const url = new URL(path, location.href);
            url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
            if (withToken) url.searchParams.set('token', document.getElementById('token').value.trim());
            url.searchParams.set('bascule_attempt', attempt);
            say('connecting to ' + path);
            const mine = socket = new WebSocket(url);
            mine.onopen = () => { say('open', 'good'); if (path === '/echo') mine.send('hello from the browser'); };
            mine.onmessage = e => say('← ' + (typeof e.data === 'string' ? e.data : '[' + e.data.size + ' bytes]'));
            mine.onclose = async e => {
              say('closed: ' + e.code + ' ' + e.reason, e.code === 1000 ? 'good' : 'bad');
              const answer = await fetch('/_bascule/explain/' + attempt, { headers: { accept: 'text/plain' } });
              say(await answer.text());
            };
          }
        </script>
        """;
}
