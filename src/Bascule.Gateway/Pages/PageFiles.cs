using System.Collections.Frozen;
using System.Text;
using Bascule.Model;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>The terminal page, the command page and what they load: built from <c>web/</c>, embedded in this assembly, served from memory.</summary>
public sealed class PageFiles
{
    /// <summary>With <c>?session=</c> the terminal of that session, with <c>?command</c> the command page, else a list of sessions.</summary>
    public const string TerminalPath = "/terminal";

    /// <summary>The command page.</summary>
    public const string CommandPath = "/command";

    /// <summary>What the pages load. Also the <c>base</c> of <c>web/vite.config.ts</c>.</summary>
    public const string AssetPrefix = "/_bascule/pages/";

    /// <summary>Their names in the assembly begin so: see the project file.</summary>
    private const string ResourcePrefix = "pages/";

    /// <summary>Scripts, styles and connections of this gateway alone; nothing inline. No other site may frame a shell.</summary>
    private const string Policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; object-src 'none'";

    private const string NotBuilt =
        "This gateway was built without its pages. Build it again where npm is: ./bascule does so by itself; or run `npm ci && npm run build` in web/, then `dotnet build`.\n";

    private readonly FrozenDictionary<string, PageFile> _files;

    /// <param name="files">By name, relative to the folder that the build makes.</param>
    internal PageFiles(IEnumerable<(string Name, byte[] Content)> files) =>
        _files = files.ToFrozenDictionary(f => f.Name, f => PageFile.Of(f.Name, f.Content), StringComparer.Ordinal);

    /// <summary>Those of this assembly; none when it was built without npm.</summary>
    public static PageFiles Embedded()
    {
        var assembly = typeof(PageFiles).Assembly;
        // Of a build on Windows, folders are parted by the other slash.
        return new PageFiles(assembly.GetManifestResourceNames().Where(n => n.StartsWith(ResourcePrefix, StringComparison.Ordinal)).Select(n => (n[ResourcePrefix.Length..].Replace('\\', '/'), Read(n))));

        byte[] Read(string name)
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return content;
        }
    }

    /// <summary>Answers when the path is that of a page, or of a file of one.</summary>
    /// <returns>False when it is not; nothing was written then.</returns>
    public async Task<bool> TryAnswerAsync(HttpContext context, RequestHead head)
    {
        if (NameOf(head) is not { } name)
            return false;
        var response = context.Response;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        if (!HttpMethods.IsGet(head.Method) && !HttpMethods.IsHead(head.Method))
        {
            response.Headers.Allow = "GET, HEAD";
            await AdminCall.SayAsync(context, StatusCodes.Status405MethodNotAllowed, "Pages are read with GET.");
        }
        else if (_files.TryGetValue(name, out var file))
        {
            await WriteAsync(context, head, file, isPage: name.EndsWith(".html", StringComparison.Ordinal));
        }
        else
        {
            response.Headers.CacheControl = "no-store";
            var (status, text) = _files.Count == 0 ? (StatusCodes.Status503ServiceUnavailable, NotBuilt) : (StatusCodes.Status404NotFound, "There is no such file of a page. Load the page again.\n");
            await AdminCall.WriteAsync(context, status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text));
        }

        return true;
    }

    private static string? NameOf(RequestHead head) => head.Path switch
    {
        TerminalPath => QueryText.Value(head.Query, "command") is not null ? "command.html" : "terminal.html",
        CommandPath => "command.html",
        _ => head.Path.StartsWith(AssetPrefix, StringComparison.Ordinal) ? head.Path[AssetPrefix.Length..] : null,
    };

    private static async Task WriteAsync(HttpContext context, RequestHead head, PageFile file, bool isPage)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.ETag = file.Tag;
        headers.Vary = "Accept-Encoding";
        // The names of what pages load change with the content.
        headers.CacheControl = isPage ? "no-cache" : "public, max-age=31536000, immutable";
        if (Has(head, "If-None-Match", file.Tag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var isPacked = file.Packed is not null && Has(head, "Accept-Encoding", "gzip");
        if (isPacked)
        {
            headers.ContentEncoding = "gzip";
            // Another sequence of bytes, so no strong tag may be shared (RFC 9110 §8.8.3.3).
            headers.ETag = "W/" + file.Tag;
        }

        await AdminCall.WriteAsync(context, StatusCodes.Status200OK, file.ContentType, isPacked ? file.Packed! : file.Content);
    }

    /// <summary>Whether a list of the request has this member, whatever stands beside it.</summary>
    private static bool Has(RequestHead head, string field, string member) =>
        head.Headers.First(field) is { } list && list.Split(',').Any(part => part.Split(';')[0].Trim() is var found && (found == member || found == "W/" + member));
}
