using Microsoft.AspNetCore.Http;

namespace Bascule.Terminal.Tests;

/// <summary>Lets everybody in as who he says he is: <c>?user=ann&amp;may=read</c>.</summary>
internal sealed class TestDoor : ITerminalDoor
{
    internal const string Attempt = "0123456789abcdef0123456789abcdef";

    public ValueTask<DoorAnswer> CheckAsync(HttpContext context, string? terminal, DoorAction action)
    {
        var query = context.Request.Query;
        var role = query["may"] == "read" ? ViewerRole.Read : ViewerRole.Write;
        return new(DoorAnswer.Enter(new TerminalCaller(query["user"].FirstOrDefault() ?? "", role, Attempt)));
    }
}
