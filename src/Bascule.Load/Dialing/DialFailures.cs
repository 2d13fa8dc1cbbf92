using System.Net.Sockets;

namespace Bascule.Load;

/// <summary>Finds the class of what the system says.</summary>
internal static class DialFailures
{
    /// <summary>A failure before TCP was connected.</summary>
    internal static LoadFailure OfConnect(SocketException e, string to) => new(ClassOf(e.SocketErrorCode), $"{to}: {Words(e)}");

    /// <summary>Another address would fare no better.</summary>
    internal static bool IsLocal(LoadFailure failure) => failure.Class is FailureClasses.LocalDescriptors or FailureClasses.LocalPorts;

    /// <summary>What broke, in few words.</summary>
    internal static string Words(Exception e) => e.GetBaseException() switch
    {
        SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown } => "connection reset",
        SocketException socket => $"{socket.SocketErrorCode} ({socket.Message})",
        { } other => other.Message,
    };

    private static string ClassOf(SocketError error) => error switch
    {
        SocketError.TooManyOpenSockets => FailureClasses.LocalDescriptors,
        SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable => FailureClasses.LocalPorts,
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData or SocketError.NoRecovery => FailureClasses.Dns,
        SocketError.ConnectionRefused => FailureClasses.TcpRefused,
        SocketError.TimedOut => FailureClasses.TcpTimeout,
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => FailureClasses.TcpReset,
        _ => FailureClasses.TcpUnreachable,
    };
}
