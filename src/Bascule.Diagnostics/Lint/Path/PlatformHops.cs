namespace Bascule.Diagnostics;

/// <summary>Cloudflare, Heroku and Fly.</summary>
internal static class PlatformHops
{
    internal static IEnumerable<Hop> All(Deployment deployment) => [.. Cloudflare(deployment), .. Heroku(deployment), .. Fly(deployment)];

    private static IEnumerable<Hop> Cloudflare(Deployment deployment) =>
        from record in deployment.Terraform.Of("cloudflare_record", "cloudflare_dns_record")
        where record.Text("proxied") == "true"
        select new Hop(HopType.Cloudflare, $"Cloudflare before {record.Text("name") ?? record.Name}", record.Place) { Idle = new HopLimit(100, record.Body["proxied"]!.Place, "cf-idle-100") };

    private static IEnumerable<Hop> Heroku(Deployment deployment) =>
        from file in deployment.Files
        where file.Name is "heroku.yml" or "app.json" || (file.Kind == FileKind.Procfile && deployment.Files.All(f => f.Name is not ("fly.toml" or "railway.json" or "render.yaml")))
        select new Hop(HopType.Heroku, "the Heroku router", new Place(file.Path, 1)) { Idle = new HopLimit(55, new Place(file.Path, 1), "heroku-55s") };

    private static IEnumerable<Hop> Fly(Deployment deployment) =>
        from file in deployment.Files
        where file is { Name: "fly.toml", Root: not null }
        from timeout in file.Root!.Deep("idle_timeout")
        let seconds = TimeText.Seconds(timeout.Value)
        where seconds > 0
        select new Hop(HopType.Fly, "Fly's proxy", timeout.Place) { Idle = new HopLimit(seconds.Value, timeout.Place, null) };
}
