using Bascule.Model;
using Microsoft.AspNetCore.Http;

namespace Bascule.Gateway;

/// <summary>The pages of sessions on the public listener. They hold no secret: what they show, they ask the API for, with the token of their user.</summary>
public sealed class SessionPages(LiveConfiguration configuration, PageFiles files)
{
    /// <summary>Answers when the path is that of a page, there is a section for sessions, and no configured route names exactly the same path.</summary>
    public Task<bool> TryAnswerAsync(HttpContext context, RequestHead head) =>
        configuration.Current.Settings.Sessions is null || configuration.Current.Routes.HasExact(head) ? Task.FromResult(false) : files.TryAnswerAsync(context, head);
}
