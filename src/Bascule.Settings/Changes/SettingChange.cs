namespace Bascule.Settings;

/// <summary>One setting that differs between two configurations. Secrets are masked in both texts.</summary>
/// <param name="Path">As <c>--set</c> takes it, but items of lists go by their name or URL: <c>routes[experience].pool</c>.</param>
/// <param name="Before">Null when it was not there: an item that was added.</param>
/// <param name="After">Null when it is there no more: an item that was removed.</param>
public sealed record SettingChange(string Path, string? Before, string? After, Applies Applies);

/// <summary>How it is said when a change holds.</summary>
public static class AppliesText
{
    /// <summary><c>at once</c>, <c>for new connections</c> or <c>at the next start</c>.</summary>
    public static string Text(this Applies applies) => applies switch
    {
        Applies.AtOnce => "at once",
        Applies.NewConnections => "for new connections",
        Applies.Restart => "at the next start",
        _ => throw new NotSupportedException(applies.ToString()),
    };
}
