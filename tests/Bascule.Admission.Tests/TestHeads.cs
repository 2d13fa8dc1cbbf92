using System.Net;
using Bascule.Model;

namespace Bascule.Admission.Tests;

/// <summary>Requests and identities that the tests share.</summary>
internal static class TestHeads
{
    internal static RequestHead Head(params (string Name, string Value)[] fields) => Head("", fields);

    internal static RequestHead Head(string query, params (string Name, string Value)[] fields)
    {
        var headers = new HeaderList();
        foreach (var (name, value) in fields)
            headers.Add(name, value);
        return new RequestHead { Kind = HttpKind.Http11, Method = "GET", Scheme = "http", Host = "gw.example:8666", Path = "/", Query = query, Headers = headers };
    }

    internal static Identity User(string subject = "alice", string? tier = null, params string[] roles) => new(subject, "joe", "id", roles, tier, null);

    internal static IPEndPoint Peer(string address) => new(IPAddress.Parse(address), 40_000);

    internal static ClientSource Source(string scheme = "http", string host = "gw.example:8666", string? note = null) =>
        new(IPAddress.Parse("192.0.2.7"), scheme, host, 0, note);
}
