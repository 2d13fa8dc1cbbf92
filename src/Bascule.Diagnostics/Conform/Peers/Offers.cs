using Bascule.Protocol;

namespace Bascule.Diagnostics;

internal static class Offers
{
    /// <summary>The extensions that a field names; none when there is no field, or it cannot be read.</summary>
    internal static IReadOnlyList<ExtensionOffer> In(string? extensions) => extensions is not null && ExtensionList.TryParse(extensions, out var list) ? list : [];
}
