using System.Globalization;
using Bascule.Model;
using Bascule.Sessions;

namespace Bascule.Gateway;

/// <summary>Why the desk did not create a session, as an ending of the catalogue.</summary>
internal static class SessionRefusals
{
    /// <summary>All that it may be.</summary>
    internal static IEnumerable<EndReason> Reasons => Enum.GetValues<CreateFault>().Select(ReasonOf).Distinct();

    internal static Ending Of(CreateRefusal refusal) => new(ReasonOf(refusal.Fault), refusal.RetryAfter is { } wait ? $"{refusal.Text} Try again in {Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture)} s." : refusal.Text);

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
