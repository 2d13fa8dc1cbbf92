namespace Bascule.Diagnostics;

/// <summary>What a hop is.</summary>
public enum HopKind
{
    /// <summary>A hosting platform.</summary>
    Platform,

    /// <summary>A network of edges before the service.</summary>
    Edge,

    /// <summary>A load balancer or reverse proxy.</summary>
    Proxy,

    /// <summary>What runs the application, or a server of files.</summary>
    Server,

    /// <summary>Serves files and cannot speak WebSocket.</summary>
    FileServer,
}

/// <summary>Somebody on the way to the application.</summary>
/// <param name="Name">As people call it: <c>AWS App Runner</c>.</param>
/// <param name="Sign">By what it was recognized: <c>server: nginx/1.22.1</c>.</param>
/// <param name="Platform">Its name in the catalogue, or the empty text.</param>
public sealed record HopSeen(string Name, HopKind Kind, string Sign, string Platform);
