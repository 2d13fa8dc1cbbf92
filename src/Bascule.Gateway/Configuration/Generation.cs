using Bascule.Admission;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>One configuration at work. A reload makes a new one; an attempt keeps the one that it began with, and so does its connection.</summary>
/// <param name="Number">Counts from 1.</param>
/// <param name="Tokens">Null when no keys are configured.</param>
public sealed record Generation(int Number, BasculeSettings Settings, DateTimeOffset Since, TokenCheck? Tokens)
{
    public RouteTable Routes { get; } = new(Settings.Routes, SessionRoutes.Of(Settings));

    public AdmissionRules Admission { get; } = new(Settings);

    public BackendFields Fields { get; } = new(Settings.Auth.Headers);
}
