namespace Bascule.Settings;

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

    /// <summary>A duration that may be <c>off</c>, which is <see cref="TimeSpan.Zero"/>.</summary>
    public bool MayBeOff { get; init; }

    /// <summary>An object that may also be written as a plain string: the string is the value of this property.</summary>
    public bool Shorthand { get; init; }
}
