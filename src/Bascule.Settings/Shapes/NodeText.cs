using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Bascule.Settings;

/// <summary>Shows nodes to people. The only way from a node to text: it masks what must not be shown.</summary>
internal static partial class NodeText
{
    internal const string Mask = "***";

    // A fault shows enough to recognise the value, not a whole list of routes.
    private const int LongestSeen = 120;

    /// <summary>A string as it is, <c>not set</c> for null, anything else as JSON in one line.</summary>
    internal static string Of(SettingsNode node, Shape shape, SettingAttribute? about) => node switch
    {
        ScalarNode { Kind: ScalarKind.Null } => "not set",
        ScalarNode scalar => OfScalar(scalar, shape, about),
        _ => AsJson(node, shape, about),
    };

    /// <summary>The same, with quotes around strings and cut to a readable length.</summary>
    internal static string Seen(SettingsNode node, Shape shape, SettingAttribute? about)
    {
        var text = AsJson(node, shape, about);
        return text.Length <= LongestSeen ? text : string.Concat(text.AsSpan(0, LongestSeen), "…");
    }

    private static string OfScalar(ScalarNode node, Shape shape, SettingAttribute? about)
    {
        if (node.Kind == ScalarKind.Null)
            return "null";

        // A value in the wrong place may still be the secret that was meant for a part of it.
        if (about is { MayNameFile: true } && SecretText.FileOf(node.Text) is not null)
            return node.Text;
        var isHidden = about is { Secret: true } || shape.HoldsSecret;
        return isHidden && !(about is { IsAddress: true } && PlainAddress().IsMatch(node.Text)) ? Mask : WithoutUser(node.Text);
    }

    /// <summary>The text with user and password of a URL masked.</summary>
    internal static string WithoutUser(string text) => UserInfo().Replace(text, $"://{Mask}@");

    private static string AsJson(SettingsNode node, Shape shape, SettingAttribute? about) => node switch
    {
        ScalarNode { Kind: ScalarKind.String or ScalarKind.Untyped } text => Quote(OfScalar(text, shape, about)),
        ScalarNode scalar => OfScalar(scalar, shape, about),
        ListNode list => $"[{string.Join(", ", list.Items.Select(i => AsJson(i, (shape as ListShape)?.Item ?? shape, about)))}]",
        ObjectNode members => ObjectText(members, shape, about),
        _ => throw new NotSupportedException(node.GetType().Name),
    };

    /// <summary>As a person would write it: without what is default anyway, and as text where that is enough.</summary>
    private static string ObjectText(ObjectNode node, Shape shape, SettingAttribute? about)
    {
        var shorthand = (shape as RecordShape)?.Shorthand?.Name;
        var written = node.Members.Where(m => shape is not RecordShape || m.Key == shorthand || m.Value.Origin.Kind != OriginKind.Default).ToArray();
        if (written is [var only] && only.Key == shorthand)
            return MemberText(only.Key, only.Value, shape, about);
        return written.Length == 0 ? "{}" : $"{{ {string.Join(", ", written.Select(m => $"{Quote(m.Key)}: {MemberText(m.Key, m.Value, shape, about)}"))} }}";
    }

    private static string MemberText(string name, SettingsNode node, Shape shape, SettingAttribute? about) => shape switch
    {
        MapShape map => AsJson(node, map.Value, about),
        RecordShape record when record.Find(name, StringComparison.Ordinal) is { } member => AsJson(node, member.Shape, member.About),

        // Nobody knows what an unknown member holds: a misspelt secret, perhaps.
        _ => Mask,
    };

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    /// <summary>The user and password of a URL.</summary>
    [GeneratedRegex("://[^/@\\s]*@", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UserInfo();

    /// <summary>An address in which nothing can be a secret but its user and password: a slip in writing it does not show them.</summary>
    [GeneratedRegex("^(memory|sqlite:[^@?]*|[a-z]+://([^/@\\s]*@)?([A-Za-z0-9_.-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?(/[A-Za-z0-9_.-]*)?)$",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PlainAddress();
}
