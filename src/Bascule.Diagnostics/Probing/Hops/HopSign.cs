using System.Text.RegularExpressions;

namespace Bascule.Diagnostics;

/// <summary>One way to recognize a hop: a field of the answer, a host name, or words of an error page.</summary>
/// <param name="Platform">Its name in the catalogue; empty when the catalogue does not know it.</param>
/// <param name="Field">The name of a field; null when the host or the body is looked at.</param>
/// <param name="Pattern">A regular expression of the field's value, of the host, or of the body.</param>
internal sealed record HopSign(string Name, HopKind Kind, string Platform, string? Field, string Pattern, bool IsOfBody = false)
{
    private const int MostShown = 60;

    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(200);

    /// <summary>By what it is recognized in this answer; null when it is not.</summary>
    internal string? In(string host, HttpAnswer answer)
    {
        if (IsOfBody)
            return Fits(answer.Body) ? "its error page" : null;
        if (Field is null)
            return Fits(host) ? $"host {host}" : null;
        var value = answer[Field];
        if (value.Length == 0 || !Fits(value))
            return null;
        var shown = answer.Masked(Field == "Set-Cookie" ? value.Split('=')[0] : value);
        return $"{Field.ToLowerInvariant()}: {(shown.Length > MostShown ? shown[..MostShown] + "…" : shown)}";
    }

    private bool Fits(string text)
    {
        try
        {
            return Regex.IsMatch(text, Pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Limit);
        }
        catch (RegexMatchTimeoutException)
        {
            // A text made to be slow is not the text of a platform.
            return false;
        }
    }
}
