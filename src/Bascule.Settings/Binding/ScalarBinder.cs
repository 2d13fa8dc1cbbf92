using System.Globalization;

namespace Bascule.Settings;

/// <summary>What is wrong with one value, and what to do; a value when nothing is.</summary>
internal readonly record struct ScalarResult(object? Value, string? Problem, string Remedy)
{
    internal static ScalarResult Good(object value) => new(value, null, "");

    internal static ScalarResult Bad(string problem, string remedy) => new(null, problem, remedy);
}

/// <summary>Turns one scalar into the type of its setting, within the bounds of its attribute.</summary>
internal static class ScalarBinder
{
    internal static ScalarResult Bind(ScalarNode node, ScalarShape shape, SettingAttribute? about) => shape.Kind switch
    {
        ScalarType.Text when IsText(node) => ScalarResult.Good(node.Text),
        ScalarType.Text => ScalarResult.Bad("is not text", "Put it in double quotes."),
        ScalarType.Switch => Switch(node),
        ScalarType.Integer => Integer(node, shape, about),
        ScalarType.Number => Number(node, about),
        ScalarType.Duration => Duration(node, about),
        ScalarType.Choice => Choice(node, shape),
        _ => throw new NotSupportedException(shape.Kind.ToString()),
    };

    private static bool IsText(ScalarNode node) => node.Kind is ScalarKind.String or ScalarKind.Untyped;

    private static ScalarResult Switch(ScalarNode node) =>
        node.Kind is ScalarKind.Bool or ScalarKind.Untyped && bool.TryParse(node.Text, out var on)
            ? ScalarResult.Good(on)
            : ScalarResult.Bad("is neither true nor false", "Write true or false, without quotes.");

    private static ScalarResult Integer(ScalarNode node, ScalarShape shape, SettingAttribute? about)
    {
        if (node.Kind is not (ScalarKind.Number or ScalarKind.Untyped)
            || !long.TryParse(node.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            return ScalarResult.Bad("is not a whole number", $"Write a whole number{Bounds(about)}, without quotes.");
        var isInt = shape.Type == typeof(int);
        var (least, most) = (Limit(about?.Min, isInt ? int.MinValue : long.MinValue), Limit(about?.Max, isInt ? int.MaxValue : long.MaxValue));
        if (value < least || value > most)
            return ScalarResult.Bad($"is not from {least} to {most}", "Write a number in that range.");
        return ScalarResult.Good(isInt ? (object)(int)value : value);

        static long Limit(string? text, long otherwise) => text is null ? otherwise : long.Parse(text, CultureInfo.InvariantCulture);
    }

    private static ScalarResult Number(ScalarNode node, SettingAttribute? about)
    {
        if (node.Kind is not (ScalarKind.Number or ScalarKind.Untyped)
            || !double.TryParse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
            return ScalarResult.Bad("is not a number", $"Write a number{Bounds(about)}, without quotes.");
        if ((about?.Min is { } least && value < double.Parse(least, CultureInfo.InvariantCulture))
            || (about?.Max is { } most && value > double.Parse(most, CultureInfo.InvariantCulture)))
            return ScalarResult.Bad("is out of range", $"Write a number{Bounds(about)}.");
        return ScalarResult.Good(value);
    }

    private static ScalarResult Duration(ScalarNode node, SettingAttribute? about)
    {
        var mayBeOff = about is { MayBeOff: true };
        var orOff = mayBeOff ? ", or off" : "";
        if (mayBeOff && IsText(node) && node.Text == "off")
            return ScalarResult.Good(TimeSpan.Zero);
        if (node.Kind is ScalarKind.Number or ScalarKind.Untyped && node.Text.Length > 0 && node.Text.All(char.IsAsciiDigit))
            return ScalarResult.Bad("has no unit", $"Add one: \"{node.Text}s\" is seconds, \"{node.Text}ms\" milliseconds; m, h and d are known too{orOff}.");
        if (!IsText(node) || !DurationText.TryParse(node.Text, out var value))
            return ScalarResult.Bad("is not a duration", $"Write whole numbers with the units d, h, m, s, ms, largest first: \"10s\", \"1m30s\", \"250ms\"{orOff}.");
        if (IsOutside(value, about))
            return ScalarResult.Bad($"is not from {about!.Min} to {about.Max}", $"Write a duration in that range{orOff}.");
        return ScalarResult.Good(value);
    }

    private static bool IsOutside(TimeSpan value, SettingAttribute? about) =>
        (about?.Min is { } least && value < Limit(least)) || (about?.Max is { } most && value > Limit(most));

    private static TimeSpan Limit(string text) =>
        DurationText.TryParse(text, out var limit) ? limit : throw new FormatException($"{text} in a [Setting] is no duration.");

    private static ScalarResult Choice(ScalarNode node, ScalarShape shape)
    {
        var names = string.Join(", ", shape.Choices);
        var index = IsText(node) ? shape.Choices.ToList().IndexOf(node.Text) : -1;
        if (index >= 0)
            return ScalarResult.Good(Enum.Parse(shape.Type, Enum.GetNames(shape.Type)[index]));
        var near = NearestName.Of(node.Text, shape.Choices);
        return ScalarResult.Bad($"is none of {names}", near is null ? $"Write one of {names}." : $"Did you mean {near}?");
    }

    private static string Bounds(SettingAttribute? about) => about is { Min: { } least, Max: { } most } ? $" from {least} to {most}" : "";
}
