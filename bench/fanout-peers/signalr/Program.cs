// Fan-out with SignalR: what a client publishes goes to all.   dotnet signalr.dll http://127.0.0.1:PORT
using Microsoft.AspNetCore.SignalR;

var builder = WebApplication.CreateBuilder();
builder.WebHost.UseUrls(args[0]);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
// The bench's clients send no pings of their own.
builder.Services.AddSignalR(options => options.ClientTimeoutInterval = TimeSpan.FromHours(1));
var app = builder.Build();
app.MapHub<Topic>("/hub");
app.Run();

internal sealed class Topic : Hub
{
    public Task Publish(string message) => Clients.All.SendAsync("message", message);
}
