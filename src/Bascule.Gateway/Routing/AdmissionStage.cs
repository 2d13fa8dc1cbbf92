using Bascule.Admission;
using Bascule.Model;
using Bascule.Settings;

namespace Bascule.Gateway;

/// <summary>Stage 3: who comes in. The policy is that of the route whose path fits; the route itself is told only to those who may come in.</summary>
public sealed class AdmissionStage(RouteTable routes, TokenCheck? tokens)
{
    public async ValueTask<Ending?> AdmitAsync(Passage passage, CancellationToken cancellation)
    {
        var attempt = passage.Attempt;
        attempt.Enter(Stage.Admission);
        passage.Match = routes.Find(passage.Head);
        attempt.Route = passage.Match.Nearest?.Name;
        if (passage.Match.Auth == AuthPolicy.None || tokens is null)
            return null;

        var found = TokenSource.Find(passage.Head);
        if (found is null && passage.Match.Auth == AuthPolicy.Optional)
            return null;
        var result = await tokens.CheckAsync(found?.Token, cancellation);
        if (!result.Accepted)
            return result.Refusal;
        passage.Identity = result.Identity;
        passage.TokenTaken = true;
        passage.TokenSubprotocol = found!.Subprotocol;
        attempt.Subject = result.Identity.Subject;
        return null;
    }
}
