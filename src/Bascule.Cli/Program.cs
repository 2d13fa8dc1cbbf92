using System.CommandLine;

var root = new RootCommand("Bascule: a WebSocket gateway that says why.");
return await root.Parse(args).InvokeAsync();
