namespace Bascule.Gateway;
internal sealed class NodeProbe(TimeProvider time) { public Task<string?> CheckAsync(Uri n, bool i, Bascule.Settings.HealthCheck k, string p, TimeSpan t, CancellationToken c) { _ = time; return Task.FromResult<string?>(null); } }
