namespace Bascule.Diagnostics.Tests;

/// <summary>Frameworks and libraries of which the linter knows that they serve WebSockets, and how often they ping by themselves.</summary>
public sealed class LintStackTests
{
    private const string Upgrading = "server {\n  location / {\n    proxy_pass http://127.0.0.1:3000;\n    proxy_http_version 1.1;\n    proxy_set_header Upgrade $http_upgrade;\n    proxy_set_header Connection \"upgrade\";\n  }\n}\n";
    private const string Plain = "server {\n  location / {\n    proxy_pass http://127.0.0.1:3000;\n  }\n}\n";
    private const string Vhost = "<VirtualHost *:443>\n  ServerName ws.example.com\n  SSLCertificateFile /etc/live/ws.example.com/full.pem\n  ProxyTimeout 3600\n  {0}\n</VirtualHost>\n";

    private static readonly (string Path, string Text) NodeServer = ("s.js", "const { WebSocketServer } = require('ws');\nnew WebSocketServer({ port: 3000 }).on('connection', w => setInterval(() => w.ping(), 20000));\n");

    [Theory]
    [InlineData("a.py", "from aiohttp import web\nasync def h(r):\n    ws = web.WebSocketResponse()\n    await ws.prepare(r)\n")]
    [InlineData("a.py", "import tornado.websocket, tornado.web\nclass H(tornado.websocket.WebSocketHandler): pass\n")]
    [InlineData("proj/asgi.py", "from channels.routing import ProtocolTypeRouter\napplication = ProtocolTypeRouter({\"http\": django})\n")]
    [InlineData("index.js", "const sockjs = require(\"sockjs\");\nsockjs.createServer();\n")]
    [InlineData("index.js", "import { Server } from \"@hocuspocus/server\";\nServer.configure({ port: 3000 }).listen();\n")]
    [InlineData("lib/endpoint.ex", "defmodule AWeb.Endpoint do\n  use Phoenix.Endpoint, otp_app: :a\n  socket \"/socket\", AWeb.UserSocket\nend\n")]
    [InlineData("app/channels/chat_channel.rb", "class ChatChannel < ApplicationCable::Channel\nend\n")]
    [InlineData("composer.json", "{\"require\":{\"laravel/framework\":\"^11\",\"laravel/reverb\":\"^1.0\"}}")]
    [InlineData("package.json", "{\"dependencies\":{\"sockjs\":\"^0.3.24\"}}")]
    public void A_stack_that_serves_WebSockets_is_known_and_the_proxy_before_it_is_looked_at(string path, string text) =>
        Assert.Contains("NGINX-UPGRADE-HEADERS", Rules((path, text), ("nginx.conf", Plain)));

    [Theory]
    [InlineData("config/routes.rb", "mount ActionCable.server => '/cable'\n", 3)]
    [InlineData("a.py", "ws = web.WebSocketResponse(heartbeat=25)\n", 25)]
    [InlineData("a.py", "BEAT = 12.5\nws = web.WebSocketResponse(\n    max_msg_size=0, heartbeat=BEAT)\n", 12.5)]
    [InlineData("a.py", "import tornado.websocket\napp = Application([], websocket_ping_interval=20)\n", 20)]
    [InlineData("proj/settings.py", "INSTALLED_APPS = [\"daphne\", \"channels\"]\n", 20)]
    [InlineData("Procfile", "web: daphne -b 0.0.0.0 -p $PORT proj.asgi:application\n", 20)]
    [InlineData("Procfile", "web: daphne --ping-interval 10 proj.asgi:application\n", 10)]
    [InlineData("index.js", "import { WebSocketServer } from \"ws\";\nimport { useServer } from \"graphql-ws/lib/use/ws\";\nuseServer({ schema }, wss);\n", 12)]
    [InlineData("index.js", "import { WebSocketServer } from \"ws\";\nimport { useServer } from \"graphql-ws/use/ws\";\nuseServer({ schema }, wss, 5_000);\n", 5)]
    [InlineData("index.js", "const sockjs = require(\"sockjs\");\nsockjs.createServer();\n", 25)]
    [InlineData("index.js", "const sockjs = require(\"sockjs\");\nsockjs.createServer({ heartbeat_delay: 10000 });\n", 10)]
    [InlineData("index.js", "import { Server } from \"@hocuspocus/server\";\nServer.configure({ port: 3000 }).listen();\n", 30)]
    [InlineData("index.js", "import { Server } from \"@hocuspocus/server\";\nServer.configure({ timeout: 15000 }).listen();\n", 15)]
    [InlineData("compose.yaml", "services:\n  centrifugo:\n    image: centrifugo/centrifugo:v5\n", 25)]
    public void What_a_server_sends_by_itself_or_by_its_option_is_a_heartbeat(string path, string text, double seconds)
    {
        (string Path, string Text)[] files = [(path, text), ("nginx.conf", Upgrading)];

        Assert.Equal(seconds, new Deployment([.. files.SelectMany(f => FileLoader.Load(f.Path, f.Text))], new LintOptions()).Quickest?.Seconds);
        Assert.DoesNotContain("NGINX-READ-TIMEOUT", Rules(files));
    }

    [Theory]
    [InlineData("index.js", "import { WebSocketServer } from \"ws\";\nimport { useServer } from \"graphql-ws/use/ws\";\nuseServer({ schema }, wss, 0);\n")]
    [InlineData("a.py", "from aiohttp import web\nws = web.WebSocketResponse()\n")]
    [InlineData("compose.yaml", "services:\n  centrifugo:\n    image: centrifugo/centrifugo:v5\n    environment:\n      CENTRIFUGO_CLIENT_PING_INTERVAL: \"-1\"\n")]
    public void A_ping_that_is_switched_off_or_was_never_on_is_none(string path, string text) =>
        Assert.Contains("NGINX-READ-TIMEOUT", Rules((path, text), ("nginx.conf", Upgrading)));

    [Fact]
    public void A_server_of_ws_whose_sockets_graphql_ws_pings_has_a_heartbeat() =>
        Assert.DoesNotContain("NODE-WS-NO-HEARTBEAT", Rules(("index.js", "import { WebSocketServer } from \"ws\";\nimport { useServer } from \"graphql-ws/lib/use/ws\";\nuseServer({ schema }, new WebSocketServer({ port: 3000 }));\n")));

    [Fact]
    public void Another_server_than_Daphne_in_the_commands_pings_as_it_does() =>
        Assert.Null(new Deployment([.. FileLoader.Load("settings.py", "INSTALLED_APPS = [\"daphne\"]\n"), .. FileLoader.Load("Procfile", "web: hypercorn proj.asgi:application\n")], new LintOptions()).Quickest);

    [Fact]
    public void Groups_of_Django_Channels_in_memory_reach_one_instance_only()
    {
        const string settings = "CHANNEL_LAYERS = {\"default\": {\"BACKEND\": \"channels.layers.InMemoryChannelLayer\"}}\n";
        (string, string) asgi = ("proj/asgi.py", "application = ProtocolTypeRouter({\"websocket\": URLRouter([])})  # channels.routing\n");
        static (string, string) Compose(int replicas) => ("compose.yaml", $"services:\n  web:\n    build: .\n    command: daphne proj.asgi:application\n    deploy: {{ replicas: {replicas} }}\n");

        Assert.Contains("APP-INMEMORY-MULTI", Rules(("proj/settings.py", settings), asgi, Compose(3)));
        Assert.DoesNotContain("APP-INMEMORY-MULTI", Rules(("proj/settings.py", settings), asgi, Compose(1)));
    }

    [Theory]
    [InlineData("ProxyPass / http://127.0.0.1:3000/", "", 5)]
    [InlineData("ProxyPass /ws http://127.0.0.1:3000/ws", "# see wss://ws.example.com\n", 5)]
    [InlineData("ProxyPass /ws http://127.0.0.1:3000/ws", "<VirtualHost *:80>\n  ProxyPass /ws ws://127.0.0.1:4000/ws\n</VirtualHost>\n", 5)]
    public void Apache_that_passes_plain_HTTP_to_a_server_of_WebSockets_is_found(string line, string after, int at)
    {
        var found = Assert.Single(LintRun.Run([NodeServer, ("site.conf", Vhost.Replace("{0}", line, StringComparison.Ordinal) + after)]).Findings, f => f.Rule.Id == "APACHE-UPGRADE");

        Assert.Equal(at, found.Place.Line);
    }

    [Theory]
    [InlineData("ProxyPass / http://127.0.0.1:3000/ upgrade=websocket")]
    [InlineData("RewriteEngine on\n  RewriteCond %{HTTP:Upgrade} websocket [NC]\n  RewriteRule ^/?(.*) \"ws://127.0.0.1:3000/$1\" [P,L]\n  ProxyPass / http://127.0.0.1:3000/")]
    [InlineData("ProxyPass /ws ws://127.0.0.1:3000/ws\n  ProxyPass / http://127.0.0.1:3000/")]
    [InlineData("ProxyPass / http://127.0.0.1:3000/\n</VirtualHost>\n<VirtualHost *:443>\n  ProxyPass / http://127.0.0.1:8080/")]
    [InlineData("ProxyPass /api http://127.0.0.1:3000/api")]
    public void Apache_that_upgrades_or_may_lead_elsewhere_is_left_alone(string lines) =>
        Assert.DoesNotContain("APACHE-UPGRADE", Rules(NodeServer, ("site.conf", Vhost.Replace("{0}", lines, StringComparison.Ordinal))));

    private static List<string> Rules(params (string Path, string Text)[] files) => [.. LintRun.Run(files).Findings.Select(f => f.Rule.Id)];
}
