namespace Bascule.Settings;

/// <summary>When a changed setting holds, after the running gateway has read it.</summary>
public enum Applies
{
    /// <summary>For all that the gateway does from then on, open connections included.</summary>
    AtOnce,

    /// <summary>For attempts that come after it; open connections go on under what they began with.</summary>
    NewConnections,

    /// <summary>When the gateway starts again; until then what it started with holds.</summary>
    Restart,
}

/// <summary>Describes one setting for the reader, the JSON schema and the reference page: the class is the only place that knows it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string description) : Attribute
{
    /// <summary>One sentence; says the unit, and where a default comes from.</summary>
    public string Description { get; } = description;

    /// <summary>Smallest value: a number, or a duration such as <c>1s</c>.</summary>
    public string? Min { get; init; }

    /// <summary>Largest value: a number, or a duration such as <c>5m</c>.</summary>
    public string? Max { get; init; }

    /// <summary>The value must be given; there is no default.</summary>
    public bool Required { get; init; }

    /// <summary>The value is never shown.</summary>
    public bool Secret { get; init; }

    /// <summary>The secret may stand in a file; then its value is <c>file:PATH</c>, which is shown.</summary>
    public bool MayNameFile { get; init; }

    /// <summary>The secret is an address: of a well-formed one, only user and password are masked.</summary>
    public bool IsAddress { get; init; }

    /// <summary>The value is the path of a file whose content counts, such as a certificate.</summary>
    public bool IsFile { get; init; }

    /// <summary>When a change holds, for this and all below it that do not say otherwise. Without it: as for what holds it.</summary>
    public Applies At
    {
        get => OwnAt ?? Applies.NewConnections;
        init => OwnAt = value;
    }

    /// <summary>What this setting says itself of <see cref="At"/>; null when nothing.</summary>
    internal Applies? OwnAt { get; private init; }

    /// <summary>A duration that may be <c>off</c>, which is <see cref="TimeSpan.Zero"/>.</summary>
    public bool MayBeOff { get; init; }

    /// <summary>An object that may also be written as a plain string: the string is the value of this property.</summary>
    public bool Shorthand { get; init; }
}
