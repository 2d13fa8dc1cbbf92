using Bascule.Settings;

namespace Bascule.Hub;

/// <summary>What a topic may be called: the rule that holds for the configuration and tokens, too (<see cref="TopicText"/>).</summary>
public static class TopicName
{
    public const int MostCharacters = TopicText.Longest;

    public static bool IsValid(ReadOnlySpan<char> name) => TopicText.Fault(name) is null;
}
