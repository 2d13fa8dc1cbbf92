using static Bascule.Diagnostics.HopKind;

namespace Bascule.Diagnostics;

/// <summary>By what platforms, edges, proxies and servers are recognized; those nearest to the client first.</summary>
internal static class HopSigns
{
    private const string Any = ".";

    internal static IReadOnlyList<HopSign> All { get; } =
    [
        // Platforms by their host names: whatever answers there, they stand before it.
        new("AWS App Runner", Platform, "aws-app-runner", null, @"\.awsapprunner\.com$"),
        new("Google Cloud Run", Platform, "gcp-cloud-run", null, @"\.run\.app$"),
        new("AWS API Gateway", Platform, "aws-api-gateway", null, @"\.execute-api\.[a-z0-9-]+\.amazonaws\.com$"),
        new("AWS Lambda function URL", Platform, "aws-lambda-url", null, @"\.lambda-url\.[a-z0-9-]+\.on\.aws$"),
        new("AWS load balancer", Proxy, "aws-alb", null, @"\.elb\.([a-z0-9-]+\.)?amazonaws\.com$"),
        new("Amazon CloudFront", Edge, "aws-cloudfront", null, @"\.cloudfront\.net$"),
        new("Azure App Service", Platform, "azure-app-service", null, @"\.azurewebsites\.net$"),
        new("Azure Front Door", Edge, "azure-front-door", null, @"\.azurefd\.net$"),
        new("Azure Container Apps", Platform, "azure-container-apps", null, @"\.azurecontainerapps\.io$"),
        new("Vercel", Platform, "vercel", null, @"\.vercel\.app$"),
        new("Netlify", Platform, "netlify", null, @"\.netlify\.app$"),
        new("Heroku", Platform, "heroku", null, @"\.herokuapp\.com$"),
        new("Fly.io", Platform, "fly-io", null, @"\.fly\.dev$"),
        new("Render", Platform, "render", null, @"\.onrender\.com$"),
        new("Railway", Platform, "railway", null, @"\.up\.railway\.app$"),
        new("GitHub Pages", FileServer, "", null, @"\.github\.io$"),

        new("Cloudflare", Edge, "cloudflare", "CF-Ray", Any),
        new("Cloudflare", Edge, "cloudflare", "Server", "^cloudflare"),
        new("Amazon CloudFront", Edge, "aws-cloudfront", "X-Amz-Cf-Id", Any),
        new("Amazon CloudFront", Edge, "aws-cloudfront", "Via", @"\(CloudFront\)"),
        new("Azure Front Door", Edge, "azure-front-door", "X-Azure-Ref", Any),
        new("Fastly", Edge, "", "X-Served-By", "^cache-"),
        new("Akamai", Edge, "", "Server", "^AkamaiGHost"),
        new("Varnish", Edge, "", "Via", "varnish"),
        new("Google load balancer", Proxy, "gcp-external-alb", "Via", @"1\.1 google"),
        new("Google Frontend", Proxy, "gcp-cloud-run", "Server", "^Google Frontend"),
        new("AWS Application Load Balancer", Proxy, "aws-alb", "Server", "^awselb/"),
        new("AWS API Gateway", Platform, "aws-api-gateway", "X-Amz-Apigw-Id", Any),
        new("Azure Application Gateway", Proxy, "azure-application-gateway", "Server", "^Microsoft-Azure-Application-Gateway"),
        new("Azure Application Gateway", Proxy, "azure-application-gateway", "Set-Cookie", "^ApplicationGatewayAffinity"),
        new("Azure App Service", Platform, "azure-app-service", "Set-Cookie", "^ARRAffinity"),
        new("Vercel", Platform, "vercel", "X-Vercel-Id", Any),
        new("Netlify", Platform, "netlify", "X-Nf-Request-Id", Any),
        new("Heroku", Platform, "heroku", "Via", "heroku-router|vegur"),
        new("Fly.io", Platform, "fly-io", "Fly-Request-Id", Any),
        new("Render", Platform, "render", "X-Render-Origin-Server", Any),
        new("Railway", Platform, "railway", "X-Railway-Request-Id", Any),
        new("Kong", Proxy, "kong", "Via", @"\bkong/"),
        new("Kong", Proxy, "kong", "Server", "^kong"),
        new("Istio's Envoy", Proxy, "istio", "Server", "^istio-envoy"),
        new("Envoy", Proxy, "envoy", "Server", "^envoy"),
        new("Bascule", Proxy, "", "X-Bascule-Attempt", Any),
        new("nginx", Proxy, "nginx", "Server", "^(nginx|openresty)"),
        new("nginx", Proxy, "nginx", null, @"<center>(nginx|openresty)(/[\d.]+)?</center>", IsOfBody: true),
        new("HAProxy", Proxy, "haproxy", null, @"\A<html><body><h1>\d{3} [^<]*</h1>\s+[^<]*\s+</body></html>\s*\z", IsOfBody: true),
        new("Caddy", Proxy, "caddy", "Server", @"^Caddy\b"),
        new("Caddy", Proxy, "caddy", "Via", @"\bCaddy\b"),
        new("Apache httpd", Proxy, "apache-httpd", "Server", "^Apache(/|$| )"),
        new("IIS", Proxy, "iis", "Server", "^Microsoft-IIS/"),
        new("Squid", Proxy, "client-network", "Server", "^squid"),

        new("python -m http.server", FileServer, "python-http.server", "Server", "^SimpleHTTP/"),
        new("Amazon S3", FileServer, "", "Server", "^AmazonS3"),
        new("GitHub Pages", FileServer, "", "Server", @"^GitHub\.com"),
        new("lighttpd", Server, "", "Server", "^lighttpd"),
        new("busybox httpd", FileServer, "", null, "^<HTML><HEAD><TITLE>\\d{3} [^<]*</TITLE></HEAD>", IsOfBody: true),
        new("Kestrel (ASP.NET Core)", Server, "aspnetcore", "Server", "^Kestrel"),
        new("Uvicorn", Server, "uvicorn", "Server", "^uvicorn"),
        new("Gunicorn", Server, "gunicorn", "Server", "^gunicorn"),
        new("Python websockets", Server, "python-websockets", "Server", "websockets/"),
        new("Werkzeug (the development server of Flask)", Server, "", "Server", "^Werkzeug/"),
        new("Express (Node)", Server, "node-http", "X-Powered-By", "^Express"),
    ];
}
