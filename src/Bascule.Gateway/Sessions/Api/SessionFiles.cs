using System.Text.Json;
using Bascule.Model;
using Bascule.Sessions;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>What sessions leave: the result of a command, and recordings.</summary>
internal static class SessionFiles
{
    internal const string RecordingType = "application/x-asciicast";

    /// <summary>200 when it is over, 202 before; with <c>?channel=1</c> or <c>2</c> the bytes of stdout or stderr alone.</summary>
    internal static async Task<Ending?> ResultAsync(HttpContext context, OpenSessions open, SessionRecord record, SessionDocument document)
    {
        context.Response.Headers.CacheControl = "no-store";
        var channel = context.Request.Query["channel"].ToString();
        if (channel is not ("" or "1" or "2"))
            return new Ending(EndReasons.QueryUnknownValue, "`channel` is neither 1 (stdout) nor 2 (stderr)");
        if (record.State != SessionState.Ended)
        {
            context.Response.Headers.RetryAfter = "1";
            await AdminCall.WriteAsync(context, StatusCodes.Status202Accepted, "application/json; charset=utf-8", JsonSerializer.SerializeToUtf8Bytes(document, ReadableJson.Admin.SessionDocument));
            return null;
        }

        var result = await open.Desk.ResultAsync(record, context.RequestAborted);
        if (channel.Length > 0)
        {
            var bytes = channel == "1" ? result?.Output : result?.Errors;
            await AdminCall.WriteAsync(context, StatusCodes.Status200OK, "application/octet-stream", bytes is { } some ? some.ToArray() : []);
            return null;
        }

        var whole = SessionViews.Of(record, result);
        await AdminCall.WriteAsync(context, StatusCodes.Status200OK, "application/json; charset=utf-8", JsonSerializer.SerializeToUtf8Bytes(whole, ReadableJson.Admin.SessionResultDocument));
        return null;
    }

    /// <summary>From the folder of this gateway when it is over, and whole there; else from its host.</summary>
    internal static async Task<Ending?> RecordingAsync(HttpContext context, SessionsRoom room, SessionRecord record)
    {
        var file = record.State == SessionState.Ended ? OpenFile(room.Recordings, record.Id) : null;
        using var answer = file is null ? await room.Open!.Hosts.RecordingAsync(record, context.RequestAborted) : null;
        await using var stream = answer is not null ? await answer.Content.ReadAsStreamAsync(context.RequestAborted) : file ?? OpenFile(room.Recordings, record.Id);
        if (stream is null)
            return new Ending(EndReasons.RecordingNotFound, WhyNone(room.Open!.Rules, record.Profile));
        context.Response.ContentType = RecordingType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{record.Id}.cast\"";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await stream.CopyToAsync(context.Response.Body, context.RequestAborted);
        return null;
    }

    private static string WhyNone(SessionRules rules, string profile) => rules.Profiles.GetValueOrDefault(profile) is { Recording: "off" }
        ? $"profile {profile} records nothing"
        : "it was taken away, or is not where this gateway can reach it";

    /// <summary>The name is 32 hexadecimal digits, whatever was asked for: no other file can be named.</summary>
    private static FileStream? OpenFile(string folder, SessionId id)
    {
        var path = Path.Combine(folder, $"{id}.cast");
        return File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete) : null;
    }
}
