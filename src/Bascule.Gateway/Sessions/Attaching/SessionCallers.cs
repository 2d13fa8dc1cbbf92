using Bascule.Sessions;

namespace Bascule.Gateway;

/// <summary>Who asks, as the desk of the sessions knows people.</summary>
internal static class SessionCallers
{
    private const string Operator = "operator ";

    internal static SessionCaller Of(Passage passage) => new(
        UserOf(passage), passage.Identity?.Tenant, passage.Identity?.Roles ?? [], passage.Attempt.ClientAddress, passage.Attempt.Id.ToString());

    /// <summary>An operator, by the name of his token.</summary>
    internal static SessionCaller Of(AdminCall call) =>
        new(Operator + call.Who.Name, null, [], call.Context.Connection.RemoteIpAddress?.ToString()) { IsOperator = true };

    /// <summary>Where tokens of several issuers are taken, two of them may give the same name to two people.</summary>
    private static string? UserOf(Passage passage)
    {
        if (passage.Identity is not { } identity)
            return null;
        // Nobody is taken for an operator, whatever his issuer lets him call himself.
        if (identity.Subject.StartsWith(Operator, StringComparison.Ordinal))
            return $"{Uri.EscapeDataString(identity.Issuer ?? "")}|{identity.Subject}";
        return identity.Issuer is null || passage.Rules.Settings.Auth.Jwt?.Issuer is not null ? identity.Subject : $"{Uri.EscapeDataString(identity.Issuer)}|{identity.Subject}";
    }
}
