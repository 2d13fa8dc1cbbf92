using Bascule.Terminal;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>The door of a host: its own key opens everything; terms that a gateway sealed with the key of one terminal open that one, for the path of the request, once.</summary>
/// <param name="secret">The key of the host, or of the agent.</param>
/// <param name="keyOf">The key of a terminal; null where there is no such terminal, or it has none.</param>
public sealed class SealedDoor(string secret, Func<string, string?> keyOf, TimeProvider time) : ITerminalDoor, IDisposable
{
    private readonly Lock _gate = new();
    private readonly SecretDoor _secret = new(secret);

    /// <summary>One for each terminal: it remembers which terms were shown.</summary>
    private readonly Dictionary<string, (string Key, TerminalSeal Seal)> _seals = new(StringComparer.Ordinal);

    public async ValueTask<DoorAnswer> CheckAsync(HttpContext context, string? terminal, DoorAction action)
    {
        if (SecretDoor.SecretOf(context, action) is not null)
            return await _secret.CheckAsync(context, terminal, action);
        if (context.Request.Headers[TerminalTerms.Field] is not [{ Length: > 0 } text])
            return DoorAnswer.Refuse(HostRefusal.NotAuthenticated($"Send `Authorization: Bearer KEY`, or let a gateway bring you with the field {TerminalTerms.Field}."));
        if (terminal is null || action is DoorAction.List or DoorAction.Create)
            return DoorAnswer.Refuse(HostRefusal.Forbidden("Terms are for one terminal; this takes the key of the host."));
        return await OpenAsync(text, terminal, action, context);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var (_, seal) in _seals.Values)
                seal.Dispose();
            _seals.Clear();
        }
    }

    private async ValueTask<DoorAnswer> OpenAsync(string text, string terminal, DoorAction action, HttpContext context)
    {
        // The same answer as to bad terms: whether there is such a terminal is nobody's business before.
        if (SealOf(terminal) is not { } seal)
            return DoorAnswer.Refuse(HostRefusal.NotAuthenticated($"{TerminalTerms.Field}: no terminal here could have sealed them so."));
        var (terms, refusal) = await seal.OpenAsync(text, PathOf(context.Request), context.RequestAborted);
        if (refusal is { } ending)
            return DoorAnswer.Refuse(HostRefusal.NotAuthenticated(ending.Detail ?? ending.Reason.Text));
        if (terms!.Session != terminal)
            return DoorAnswer.Refuse(HostRefusal.Forbidden("The terms are for another terminal."));
        if (terms.Expires <= time.GetUtcNow())
            return DoorAnswer.Refuse(HostRefusal.Forbidden("What the terms allow is over."));
        var role = terms.Role == TerminalTerms.Write ? ViewerRole.Write : ViewerRole.Read;
        return action == DoorAction.Delete && role != ViewerRole.Write
            ? DoorAnswer.Refuse(HostRefusal.Forbidden("The terms allow to look, not to end it."))
            : DoorAnswer.Enter(new TerminalCaller(terms.User ?? "", role, terms.Attempt, terms.Client));
    }

    private TerminalSeal? SealOf(string terminal)
    {
        lock (_gate)
        {
            var key = keyOf(terminal);
            if (_seals.TryGetValue(terminal, out var known) && known.Key == key)
                return known.Seal;
            if (key is null)
                return null;
            foreach (var gone in _seals.Where(s => keyOf(s.Key) != s.Value.Key).ToList())
            {
                _seals.Remove(gone.Key);
                gone.Value.Seal.Dispose();
            }

            var seal = new TerminalSeal(key, time);
            _seals[terminal] = (key, seal);
            return seal;
        }
    }

    /// <summary>As it was sent: that is what was sealed for.</summary>
    private static string PathOf(HttpRequest request) => $"{request.PathBase}{request.Path}";
}
