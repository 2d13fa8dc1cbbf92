using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Bascule.Model;

namespace Bascule.Architecture.Tests;

/// <summary>Writes the catalogue of end reasons as the files that others read: the contract for programs, the page for people.</summary>
internal static class EndReasonFiles
{
    public const string Json = "contract/end-reasons.json";
    public const string Page = "docs/end-reasons.md";

    // The texts hold quotes and backticks that the default encoder would write as \u0060; no browser ever reads this file as HTML.
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string ToJson(IReadOnlyList<EndReason> reasons)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Indented))
        {
            json.WriteStartObject();
            json.WriteString("$comment", "Generated from EndReasons.cs by BASCULE_UPDATE=1 ./test Architecture. "
                + "code 0: the code of the side that closed first passes unchanged. status 0: can only end an open connection. "
                + "retry: never, now, backoff or after; with after, retryAfterSeconds says how long to stay away.");
            json.WriteStartArray("endReasons");
            foreach (var reason in reasons)
                Write(json, reason);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray()) + "\n";
    }

    public static string ToPage(IReadOnlyList<EndReason> reasons)
    {
        var page = new StringBuilder();
        page.Append("""
            # End reasons

            Every attempt that fails and every connection that ends has exactly one of these reasons. The close frame says it as
            `label; retry=…; attempt=…`, an HTTP refusal says it in its problem document, and logs, metrics and explanations use the same label.
            Programs read [end-reasons.json](../contract/end-reasons.json). This page is generated: `BASCULE_UPDATE=1 ./test Architecture`.

            | label | close code | HTTP status | caused by | retry |
            |---|---|---|---|---|

            """);
        foreach (var reason in reasons)
            page.Append(CultureInfo.InvariantCulture, $"| [{reason.Label}](#{reason.Label}) | {Code(reason)} | {Status(reason)} | {By(reason)} | {reason.RetryText} |\n");
        foreach (var reason in reasons)
        {
            page.Append(CultureInfo.InvariantCulture, $"""

                ## {reason.Label}

                Close code: {(reason.Code == 0 ? "that of the side that closed first, unchanged" : Code(reason))}. HTTP status: {(reason.Status == 0 ? "none, it can only end an open connection" : Status(reason))}. Caused by: {By(reason)}. Retry: {RetrySentence(reason)}.

                **What happened.** {reason.Text}

                **What to do.** {reason.Advice}

                """);
        }

        return page.ToString();
    }

    private static void Write(Utf8JsonWriter json, EndReason reason)
    {
        json.WriteStartObject();
        json.WriteString("label", reason.Label);
        json.WriteNumber("code", reason.Code);
        json.WriteNumber("status", reason.Status);
        json.WriteString("by", By(reason));
        json.WriteString("retry", reason.Retry.ToString().ToLowerInvariant());
        json.WriteNumber("retryAfterSeconds", reason.RetryAfterSeconds);
        json.WriteString("text", reason.Text);
        json.WriteString("advice", reason.Advice);
        json.WriteString("docs", reason.Docs);
        json.WriteEndObject();
    }

    private static string Code(EndReason reason) => reason.Code == 0 ? "unchanged" : reason.Code.ToString(CultureInfo.InvariantCulture);

    private static string Status(EndReason reason) => reason.Status == 0 ? "none" : reason.Status.ToString(CultureInfo.InvariantCulture);

    private static string By(EndReason reason) => reason.By.ToString().ToLowerInvariant();

    private static string RetrySentence(EndReason reason) => reason.Retry switch
    {
        Retry.Never => "never, the same attempt would end the same way",
        Retry.Now => "now, after a small random delay",
        Retry.Backoff => "backoff, with growing random delays",
        _ => $"after {reason.RetryAfterSeconds} s, then with growing random delays",
    };
}
