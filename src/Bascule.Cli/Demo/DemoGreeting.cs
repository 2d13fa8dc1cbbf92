using Bascule.Gateway;

namespace Bascule.Cli;

/// <summary>What the demo prints when it runs: addresses, a token, and lines to try, each as it can be typed.</summary>
internal sealed class DemoGreeting(GatewayHost host, string token, string folder)
{
    private readonly string _http = host.PublicUrls[0];
    private readonly string _ws = "ws" + host.PublicUrls[0]["http".Length..];

    internal string Text(string adminToken) => $"""

        Bascule runs. Ctrl-C ends it.

          page          {_http}/
          WebSocket     {_ws}/echo   {_ws}/clock
          with a token  {_ws}/ws/experience?experience=wylding-woods&token=TOKEN
          topics        {_ws}/topics   (publish: POST {_http}/api/topics/demo.NAME)
          sessions      {(DemoFiles.HasSessions ? $"{_http}/terminal   {_http}/command   (with a token)" : "none: they run on Linux, on x86-64 or arm64")}
          SSE           {_http}/events
          health        {_http}/health
          admin         {host.AdminUrl}   (token: {adminToken})
          data          {folder}

        TOKEN={token}

        Try it
          a browser: open {_http}/ and press a button; or in the console of that page:
            new WebSocket('{_ws}/ws/experience?experience=wylding-woods&token={token}').onmessage = e => console.log(e.data)

          curl:
            curl -N {_http}/events

          Python (Debian: python3-websockets):
            python3 -m websockets '{_ws}/ws/experience?experience=wylding-woods&token={token}'

          topics: this in one shell, the second line in another
            bascule topic subscribe {_ws}/topics 'demo.*'
            bascule topic publish demo.chat 'hello' --url {_http}
        {(DemoFiles.HasSessions ? Sessions() : "")}
        Then let one fail, and ask why
            curl -si -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' '{_http}/ws/experience?experience=atlantis&token={token}'
            bascule explain ID --config {DemoFiles.ConfigIn(folder)}
          where ID is the X-Bascule-Attempt of the answer.

        """;

    private string Sessions() => $"""

          a shell in a browser, which goes on when the page is closed or reloaded: open
            {_http}/terminal#token={token}
          or here; Ctrl-P Ctrl-Q leaves it, the second line says what is there
            export BASCULE_TOKEN={token}; bascule session attach $(bascule session create --profile shell --url {_http} | head -n 1) --url {_http}
            BASCULE_TOKEN={token} bascule session list --url {_http}
          a command, with its output, errors and exit code:
            BASCULE_TOKEN={token} bascule session run --profile run --url {_http} -- sh -c 'echo out; echo err >&2; exit 3'
          They go on for 5 minutes without you, also when the demo ends; started again, it finds them, and has another token.
          Who has the token has a shell as you: give it to nobody. Without it there is none, and pages of other sites are refused whatever they have.

        """;
}
