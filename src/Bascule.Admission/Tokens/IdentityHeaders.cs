using System.Globalization;
using System.Text;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Admission;

/// <summary>The header fields that tell a back end who connects. Only the gateway writes them.</summary>
public static class IdentityHeaders
{
    /// <summary>The names in use, to be removed from what a client sends.</summary>
    public static IReadOnlyList<string> Names(IdentityHeaderSettings settings) =>
        new[] { settings.Subject, settings.Roles, settings.Tier, settings.Issuer }.Where(n => n.Length > 0).ToArray();

    /// <summary>Whether a field of a client must be removed: the same name, without regard to case, and with <c>_</c> for <c>-</c>.</summary>
    /// <remarks>CGI, WSGI and PHP read <c>X_Bascule_User</c> and <c>X-Bascule-User</c> as one name (RFC 3875 §4.1.18).</remarks>
    public static bool IsReserved(string name, IdentityHeaderSettings settings) =>
        Same(name, settings.Subject) || Same(name, settings.Roles) || Same(name, settings.Tier) || Same(name, settings.Issuer);

    /// <summary>The fields for this identity. What is absent gives no field.</summary>
    /// <remarks>Values are printable ASCII: everything else, <c>%</c>, and spaces at the edges are percent-encoded UTF-8; in a role also the comma.</remarks>
    public static IReadOnlyList<KeyValuePair<string, string>> For(Identity identity, IdentityHeaderSettings settings)
    {
        var fields = new List<KeyValuePair<string, string>>(4);
        Add(fields, settings.Subject, Encode(identity.Subject, ""));
        Add(fields, settings.Roles, string.Join(',', identity.Roles.Select(r => Encode(r, ","))));
        Add(fields, settings.Tier, Encode(identity.Tier ?? "", ""));
        Add(fields, settings.Issuer, Encode(identity.Issuer ?? "", ""));
        return fields;
    }

    private static void Add(List<KeyValuePair<string, string>> fields, string name, string value)
    {
        if (name.Length > 0 && value.Length > 0)
            fields.Add(new KeyValuePair<string, string>(name, value));
    }

    private static bool Same(string name, string reserved)
    {
        if (reserved.Length == 0 || name.Length != reserved.Length)
            return false;
        for (var i = 0; i < name.Length; i++)
        {
            if (Fold(name[i]) != Fold(reserved[i]))
                return false;
        }

        return true;
    }

    private static char Fold(char c) => c == '_' ? '-' : char.ToLowerInvariant(c);

    // A space at an edge would be trimmed on the way (RFC 9110 §5.5), and " root" would become "root".
    private static string Encode(string text, string alsoEncoded)
    {
        var encoded = new StringBuilder(text.Length);
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var i = 0; i < bytes.Length; i++)
        {
            var c = (char)bytes[i];
            var plain = c is > ' ' and <= '~' and not '%' && !alsoEncoded.Contains(c);
            if (plain || (c == ' ' && i > 0 && i < bytes.Length - 1))
                encoded.Append(c);
            else
                encoded.Append('%').Append(bytes[i].ToString("X2", CultureInfo.InvariantCulture));
        }

        return encoded.ToString();
    }
}
