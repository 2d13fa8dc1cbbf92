using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Bascule.Diagnostics;

/// <summary>The certificate of a server, and what is wrong with it.</summary>
/// <param name="Faults">In words; empty for a good one.</param>
/// <param name="IsNearEnd">Less than a tenth of its life is left.</param>
public sealed record CertificateSeen(string Subject, string Issuer, IReadOnlyList<string> Names, DateTimeOffset Until, IReadOnlyList<string> Faults, bool IsNearEnd)
{
    private const int MostNames = 5;

    /// <param name="host">Whom we wanted to reach.</param>
    internal static CertificateSeen Of(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors, string host, DateTimeOffset now)
    {
        var names = NamesOf(certificate);
        var (from, until) = (new DateTimeOffset(certificate.NotBefore), new DateTimeOffset(certificate.NotAfter));
        List<string> faults = [];
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            faults.Add($"it is for {(names.Count == 0 ? "no host at all" : string.Join(", ", names.Take(MostNames)))}, not for {host}");
        if (now > until)
            faults.Add($"it expired on {until:yyyy-MM-dd}");
        if (now < from)
            faults.Add($"it is not valid before {from:yyyy-MM-dd}");
        faults.AddRange(ChainFaults(certificate, chain));
        if (faults.Count == 0 && errors != SslPolicyErrors.None)
            faults.Add($"it was refused: {errors}");
        return new CertificateSeen(certificate.Subject, certificate.Issuer, names, until, faults, now <= until && (until - now) * 10 < until - from);
    }

    public override string ToString() => $"{(Names.Count == 0 ? Subject : string.Join(", ", Names.Take(MostNames)))}, until {Until:yyyy-MM-dd}";

    private static List<string> NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return names is null ? [] : [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(a => a.ToString())];
    }

    private static IEnumerable<string> ChainFaults(X509Certificate2 certificate, X509Chain? chain)
    {
        var status = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status) ?? X509ChainStatusFlags.NoError;
        if (status.HasFlag(X509ChainStatusFlags.UntrustedRoot))
            yield return certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)
                ? "it signed itself"
                : $"nobody trusts its authority ({chain!.ChainElements[^1].Certificate.Subject})";
        else if (status.HasFlag(X509ChainStatusFlags.PartialChain))
            yield return $"the certificate of its issuer ({certificate.Issuer}) is missing: the server sends no complete chain, or the authority is a private one";
        if (status.HasFlag(X509ChainStatusFlags.Revoked))
            yield return "it was revoked";
        if (status.HasFlag(X509ChainStatusFlags.NotSignatureValid))
            yield return "its signature is not valid";
        if (status.HasFlag(X509ChainStatusFlags.NotValidForUsage))
            yield return "it is not meant for servers";
    }
}
