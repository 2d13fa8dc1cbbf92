using System.Net;
using Bascule.Model;

namespace Bascule.Gateway;

/// <summary>Stage 1: every attempt gets its id, its clock and its place in the journal before anything else is looked at.</summary>
public sealed class AttemptDesk(AttemptJournal journal, LiveConfiguration configuration, TimeProvider time)
{
    /// <summary>A client may choose the id (128 bits), so that it can ask for the explanation even of an attempt that never arrived.</summary>
    public const string IdParameter = "bascule_attempt";

    /// <summary>Parameters whose values never stand in a log or in the journal.</summary>
    private static readonly string[] SecretParameters = ["token", "access_token", "ticket", "link", "resume", "key", "api_key", "secret", "password"];

    public Passage Open(RequestHead head, IPEndPoint? remote) => new(Register(head, remote), head, remote, configuration.Current);

    /// <summary>An attempt that is not in the journal: an ordinary request, which is remembered only when it fails.</summary>
    public Passage Prepare(RequestHead head, IPEndPoint? remote)
    {
        var id = AttemptId.TryParse(QueryText.Value(head.Query, IdParameter), out var chosen) ? chosen : AttemptId.New();
        return new Passage(Make(id, head, remote), head, remote, configuration.Current);
    }

    private Attempt Register(RequestHead head, IPEndPoint? remote)
    {
        var chosen = QueryText.Value(head.Query, IdParameter);
        var clash = false;
        if (chosen is not null && AttemptId.TryParse(chosen, out var id))
        {
            var attempt = Make(id, head, remote);
            if (journal.TryAdd(attempt))
                return attempt;
            clash = true;
        }

        while (true)
        {
            var attempt = Make(AttemptId.New(), head, remote);
            if (!journal.TryAdd(attempt))
                continue;
            if (chosen is not null)
                attempt.Note("attempt id", clash ? "the id that the client chose was in use already" : "the id that the client chose is not 128 bits in hexadecimal");
            return attempt;
        }
    }

    private Attempt Make(AttemptId id, RequestHead head, IPEndPoint? remote) => new(id, time)
    {
        Protocol = head.Kind,
        Method = head.Method,
        Scheme = head.Scheme,
        Host = head.Host,
        Path = head.Path + QueryText.Masked(QueryText.Without(head.Query, IdParameter), SecretParameters),
        UserAgent = head.Headers.First("User-Agent"),
        Origin = head.Headers.First("Origin"),
        ForwardedProto = head.Headers.First("X-Forwarded-Proto"),
        ClientAddress = remote is null ? null : $"{BackendFields.Address(remote)}:{remote.Port}",
    };
}
