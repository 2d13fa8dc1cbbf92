using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Bascule.Hub.Kafka;

/// <summary>One short connection to a broker, for the few questions that the client library has no words for.</summary>
internal sealed class BrokerConnection : IDisposable
{
    private const int MostAnswerBytes = 4_000_000; // metadata of a few topics is far below; whoever sends more is no broker
    private readonly TcpClient _socket = new();
    private Stream? _stream;
    private int _correlation;

    public void Dispose()
    {
        _stream?.Dispose();
        _socket.Dispose();
    }

    /// <exception cref="IOException">And its kin: the broker cannot be reached, or refuses.</exception>
    public async Task OpenAsync(string broker, BrokerAccess access, CancellationToken cancellation)
    {
        var (host, port) = Split(broker);
        await _socket.ConnectAsync(host, port, cancellation);
        _stream = _socket.GetStream();
        if (access.UsesTls)
            _stream = await EncryptAsync(_stream, host, access, cancellation);
        if (access.User is not null)
            await LoginAsync(access, cancellation);
    }

    public KafkaRequest NewRequest(KafkaApi api, short version, bool isFlexible = false) => new(api, version, ++_correlation, isFlexible);

    /// <summary>The body of the answer, after its header.</summary>
    public async Task<byte[]> AskAsync(KafkaRequest request, CancellationToken cancellation)
    {
        var stream = _stream ?? throw new InvalidOperationException("The connection is not open.");
        await stream.WriteAsync(request.ToArray(), cancellation);
        var head = new byte[8];
        await stream.ReadExactlyAsync(head, cancellation);
        var length = BinaryPrimitives.ReadInt32BigEndian(head) - 4;
        if (length is < 0 or > MostAnswerBytes || BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4)) != _correlation)
            throw new InvalidDataException("What answers is no Kafka broker.");
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, cancellation);
        return body;
    }

    private static async Task<Stream> EncryptAsync(Stream plain, string host, BrokerAccess access, CancellationToken cancellation)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = host };
        if (access.AuthorityFile is { } file)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(file);
            options.CertificateChainPolicy = policy;
        }

        var tls = new SslStream(plain);
        await tls.AuthenticateAsClientAsync(options, cancellation);
        return tls;
    }

    /// <summary>SASL PLAIN (RFC 4616), in the frames of KIP-43 and KIP-152.</summary>
    private async Task LoginAsync(BrokerAccess access, CancellationToken cancellation)
    {
        var handshake = NewRequest(KafkaApi.SaslHandshake, 1);
        handshake.Text("PLAIN");
        ThrowIfRefused(await AskAsync(handshake, cancellation));
        var login = NewRequest(KafkaApi.SaslAuthenticate, 0);
        login.Bytes(Encoding.UTF8.GetBytes($"\0{access.User}\0{access.Password}"));
        ThrowIfRefused(await AskAsync(login, cancellation));
    }

    private static void ThrowIfRefused(byte[] answer)
    {
        if (new KafkaAnswer(answer).Int16() is not 0 and var error)
            throw new IOException($"The broker refuses the login (error {error}).");
    }

    private static (string Host, int Port) Split(string broker)
    {
        const int standardPort = 9092;
        var bare = broker[(broker.LastIndexOf('/') + 1)..]; // librdkafka takes PLAINTEXT://host:port too
        var colon = bare.LastIndexOf(':');
        return colon > 0 && int.TryParse(bare.AsSpan(colon + 1), out var port) ? (bare[..colon].Trim('[', ']'), port) : (bare, standardPort);
    }
}
