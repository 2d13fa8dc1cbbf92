using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>Reads an order out of a request: JSON, small, and all of it understood.</summary>
internal static class SessionBody
{
    /// <summary>Twice the longest command that is taken, written as JSON.</summary>
    private const int MostBytes = 256 * 1024;

    /// <returns>Null, with the fault, when it is no such order.</returns>
    internal static async Task<(T? Order, string Fault)> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        // A page cannot send this type to another site without asking first.
        if (context.Request.ContentType?.Split(';')[0].Trim().Equals("application/json", StringComparison.OrdinalIgnoreCase) != true)
            return (null, "the body must be JSON: send Content-Type: application/json");
        if (context.Request.ContentLength > MostBytes)
            return (null, $"the body is larger than {MostBytes} bytes");
        try
        {
            using var limited = new MemoryStream();
            var buffer = new byte[16 * 1024];
            int read;
            while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
            {
                limited.Write(buffer, 0, read);
                if (limited.Length > MostBytes)
                    return (null, $"the body is larger than {MostBytes} bytes");
            }

            return JsonSerializer.Deserialize(limited.GetBuffer().AsSpan(0, (int)limited.Length), type) is { } order ? (order, "") : (null, "the body is null");
        }
        catch (JsonException e)
        {
            return (null, $"the body is not the JSON that is taken here: {JsonFaultText.Of(e)}");
        }
    }
}
