using System.Reflection;

namespace Bascule.Settings;

/// <summary>What a setting may look like, as its record says. The binder, the schema and the reference all read shapes.</summary>
internal abstract record Shape
{
    /// <summary>Whether a value of this shape can hold a secret anywhere.</summary>
    internal abstract bool HoldsSecret { get; }
}

internal enum ScalarType
{
    Text,
    Switch,
    Integer,
    Number,
    Duration,
    Choice,
}

/// <param name="Type">The type of the property, without its nullability.</param>
internal sealed record ScalarShape(ScalarType Kind, Type Type) : Shape
{
    internal override bool HoldsSecret => false;

    /// <summary>The names that a <see cref="ScalarType.Choice"/> may have, as they are written.</summary>
    internal IReadOnlyList<string> Choices { get; } = Type.IsEnum ? [.. Enum.GetNames(Type).Select(System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName)] : [];
}

internal sealed record ListShape(Shape Item, Type ItemType) : Shape
{
    internal override bool HoldsSecret => Item.HoldsSecret;
}

internal sealed record MapShape(Shape Value, Type ValueType) : Shape
{
    internal override bool HoldsSecret => Value.HoldsSecret;
}

internal sealed record RecordShape(Type Type, IReadOnlyList<MemberShape> Members) : Shape
{
    internal override bool HoldsSecret => Members.Any(m => m.HoldsSecret);

    /// <summary>The member that a plain string stands for; null when the record must be written as an object.</summary>
    internal MemberShape? Shorthand => Members.FirstOrDefault(m => m.About.Shorthand);

    /// <summary>The member that tells the items of a list apart: a name, or a URL; null when they have none that may be shown.</summary>
    internal MemberShape? Key => Find("name", StringComparison.Ordinal) ?? (Shorthand is { About.Secret: false } shorthand ? shorthand : null);

    internal MemberShape? Find(string name, StringComparison comparison) => Members.FirstOrDefault(m => string.Equals(m.Name, name, comparison));
}

/// <summary>One property of a record.</summary>
/// <param name="Name">As it is written: camelCase.</param>
/// <param name="Default">The value of a fresh record.</param>
internal sealed record MemberShape(string Name, PropertyInfo Property, SettingAttribute About, Shape Shape, bool MayBeNull, object? Default)
{
    internal bool HoldsSecret => About.Secret || Shape.HoldsSecret;
}
