namespace Bascule.Settings;

/// <summary>What is kept and sent out: the audit log, metrics and traces.</summary>
internal static class OperationRules
{
    private const string OtlpPath = "telemetry.otlp";
    private const string OtlpForm = "Write http://HOST:4318 or https://HOST; /v1/metrics and /v1/traces are added.";

    internal static void Check(RuleContext context)
    {
        CheckAudit(context, context.Settings.Audit);
        CheckOtlp(context, context.Settings.Telemetry.Otlp);
        CheckOtlpHeaders(context, context.Settings.Telemetry.OtlpHeaders);
    }

    private static void CheckAudit(RuleContext context, AuditSettings audit)
    {
        if (audit.Database && StorageRules.KindOf(context) is StorageKind.Memory or StorageKind.Redis)
            context.Fault("audit.database", $"asks for a database, but storage ({context.OriginOf("storage")}) is none",
                "Set storage to sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE, or write to a file only.");
        if (audit.File == "off")
            return;
        if (string.IsNullOrWhiteSpace(audit.File) || audit.File.Contains('\0') || Path.EndsInDirectorySeparator(audit.File)
            || Directory.Exists(Path.Combine(context.FullPath(context.Settings.Data), audit.File)))
            context.Fault("audit.file", "is no file that could be written", "Write the path of a file, such as audit.ndjson, or off.");
    }

    private static void CheckOtlp(RuleContext context, string text)
    {
        if (text.Length == 0)
            return;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) || url.Host.Length == 0)
            context.Fault(OtlpPath, "is not the address of a collector", OtlpForm);
        else if (url.UserInfo.Length > 0)
            context.Fault(OtlpPath, "holds a user, who would not be sent",
                "Put what the collector asks for into telemetry.otlpHeaders: \"Authorization=Basic …\".");
        else if (url.Query.Length > 0 || url.Fragment.Length > 0 || url.AbsolutePath.Contains("/v1/", StringComparison.Ordinal))
            context.Fault(OtlpPath, "holds more than the base of the address", OtlpForm);
    }

    /// <summary>What an entry holds is never shown: it is a secret.</summary>
    private static void CheckOtlpHeaders(RuleContext context, IReadOnlyList<string> headers)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            var equals = headers[i].IndexOf('=');
            if (equals < 0 || !FieldName.IsValid(headers[i][..equals].Trim()) || headers[i].Any(c => char.IsControl(c) || !char.IsAscii(c)))
                context.Fault("telemetry.otlpHeaders", $"holds an entry, number {i + 1}, that is no header field",
                    "Write name=value: \"Authorization=Bearer TOKEN\".");
        }
    }
}
