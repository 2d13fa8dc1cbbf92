using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>Which rules of the settings hold for a topic or a pattern: those of the longest pattern that covers it.</summary>
internal sealed class TopicRules(IReadOnlyDictionary<string, TopicSettings> byPattern)
{
    private static readonly TopicSettings Default = new();

    /// <summary>A name before a pattern of the same length; else the longest first.</summary>
    private readonly (string Pattern, TopicSettings Settings)[] _ordered =
        [.. byPattern.OrderBy(r => TopicPattern.IsPattern(r.Key)).ThenByDescending(r => r.Key.Length).Select(r => (r.Key, r.Value))];

    internal TopicSettings For(string name)
    {
        foreach (var (pattern, settings) in _ordered)
        {
            if (TopicPattern.Covers(pattern, name))
                return settings;
        }

        return Default;
    }
}
