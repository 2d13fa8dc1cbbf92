using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Bascule.Gateway;

/// <summary>How the two sides of a link show who they are, before any frame: the same user, the same version, the same token.</summary>
internal sealed class HandoverGreeting(Socket socket, DescriptorPassing passing, HandoverTerms terms)
{
    /// <summary>Raised when frames or this greeting change their meaning. Gateway and shards are one program, so only the same version will do.</summary>
    internal const ushort Version = 1;

    private const int LeastTokenBytes = 16;
    private const int MostTokenBytes = 512;
    private const int HeadBytes = 12;

    /// <summary>What each side begins with: what this is, the version, then the length of the token, or the verdict about it.</summary>
    private static ReadOnlySpan<byte> Magic => "bascule>"u8;

    /// <summary>The process on the other side.</summary>
    internal int PeerProcess { get; private set; }

    /// <exception cref="ArgumentException">The token is too short or too long.</exception>
    internal static byte[] TokenBytes(string token)
    {
        var bytes = Encoding.UTF8.GetBytes(token);
        return bytes.Length is >= LeastTokenBytes and <= MostTokenBytes
            ? bytes
            : throw new ArgumentException($"The token of a hand-over link has {bytes.Length} bytes; {LeastTokenBytes} to {MostTokenBytes} may be.", nameof(token));
    }

    /// <summary>On the side that connected: shows the token, to nobody but a process of the same user.</summary>
    /// <returns>Why there is no link, or null.</returns>
    internal string? Ask()
    {
        if (CheckUser() is { } stranger)
            return stranger;
        var token = TokenBytes(terms.Token);
        if (Send([.. Head((ushort)token.Length), .. token]) is { } broken)
            return broken;
        var (answer, fault) = ReadHead();
        return fault ?? ((Verdict)answer switch
        {
            Verdict.Welcome => null,
            Verdict.OtherVersion => "the other side speaks another version",
            Verdict.WrongToken => "the other side does not take the token",
            _ => "the other side answered something unknown",
        });
    }

    /// <summary>On the side that listens.</summary>
    /// <inheritdoc cref="Ask"/>
    internal string? Answer()
    {
        if (CheckUser() is { } stranger)
            return stranger;
        var (length, fault) = ReadHead();
        if (fault is not null)
        {
            // So that another version of the program says what is the matter, instead of a broken link.
            Send(Head((ushort)Verdict.OtherVersion));
            return fault;
        }

        if (length > MostTokenBytes)
            return "its token is too long";
        var (token, broken) = Read(length);
        if (broken is not null)
            return broken;
        var right = CryptographicOperations.FixedTimeEquals(token, TokenBytes(terms.Token));
        return Send(Head((ushort)(right ? Verdict.Welcome : Verdict.WrongToken))) ?? (right ? null : "it shows a wrong token");
    }

    private static byte[] Head(ushort last)
    {
        var head = new byte[HeadBytes];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(10), last);
        return head;
    }

    /// <summary>Who connected, or listened, as the kernel noted it then.</summary>
    private string? CheckUser()
    {
        // struct ucred: process, user, group.
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SystemCalls.SocketLevel, SystemCalls.PeerCredentials, credentials);
        PeerProcess = BinaryPrimitives.ReadInt32LittleEndian(credentials);
        var user = BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]);
        var own = SystemCalls.EffectiveUser();
        return user == own ? null : $"process {PeerProcess} on the other side belongs to user {user}, not to {own}";
    }

    private (int Last, string? Fault) ReadHead()
    {
        var (head, broken) = Read(HeadBytes);
        if (broken is not null)
            return (0, broken);
        if (!head.AsSpan().StartsWith(Magic))
            return (0, "it does not begin like a hand-over link");
        var version = BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(8));
        return version == Version ? (BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(10)), null) : (0, $"it speaks version {version}, this side {Version}");
    }

    private string? Send(byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            var more = passing.Send(bytes, sent, bytes.Length - sent);
            if (more < 0)
                return HandoverFaults.Ended(more);
            sent += more;
        }

        return null;
    }

    /// <summary>Exactly so many: what follows belongs to the frames.</summary>
    private (byte[] Bytes, string? Fault) Read(int count)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            var arrival = passing.Receive(bytes, read, count - read);
            foreach (var descriptor in arrival.Descriptors)
                SystemCalls.Close(descriptor);
            if (arrival.Descriptors.Count > 0 || arrival.Lost)
                return (bytes, "it sends descriptors before it has shown who it is");
            if (arrival.Count <= 0)
                return (bytes, HandoverFaults.Ended(arrival.Count));
            read += arrival.Count;
        }

        return (bytes, null);
    }

    private enum Verdict : ushort
    {
        Welcome,
        OtherVersion,
        WrongToken,
    }
}
