using System.Globalization;
using Bascule.Model;
using Bascule.Sessions;

namespace Bascule.Gateway;

/// <summary>Why the desk did not create a session, as an ending of the catalogue.</summary>
internal static class SessionRefusals
{
    /// <summary>All that it may be.</summary>
    internal static IEnumerable<EndReason> Reasons => Enum.GetValues<CreateFault>().Select(ReasonOf).Distinct();

    internal static Ending Of(CreateRefusal refusal)
    {
        var reason = ReasonOf(refusal.Fault);
        if (refusal.RetryAfter is not { } wait)
            return new Ending(reason, refusal.Text);
        var seconds = (int)Math.Ceiling(wait.TotalSeconds);
        return new Ending(reason, $"{refusal.Text} Try again in {seconds.ToString(CultureInfo.InvariantCulture)} s.") { RetryAfterSeconds = seconds };
    }

    private static EndReason ReasonOf(CreateFault fault) => fault switch
    {
        CreateFault.ProfileUnknown or CreateFault.CommandMissing or CreateFault.Malformed => EndReasons.SessionOrderInvalid,
        CreateFault.RoleMissing or CreateFault.EnvironmentNotAllowed => EndReasons.SessionForbidden,
        CreateFault.CommandNotAllowed => EndReasons.CommandNotAllowed,
        CreateFault.UserQuota or CreateFault.TenantQuota => EndReasons.SessionQuota,
        CreateFault.Rate => EndReasons.SessionRate,
        _ => EndReasons.SessionStoreUnavailable,
    };
}
