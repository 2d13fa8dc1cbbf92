namespace Bascule.Diagnostics;

/// <summary>One container that somebody starts: from a Dockerfile, a Compose service or a pod.</summary>
/// <param name="Name">Of the service or container; the file for a Dockerfile.</param>
/// <param name="Image">The image, or the base image of a Dockerfile's last stage.</param>
/// <param name="Command">The program with its arguments, as one text; empty where the image decides.</param>
/// <param name="Body">The node that describes it.</param>
public sealed record RunContainer(string Name, string Image, string Command, Place Place, ConfigNode Body)
{
    /// <summary>Whether the command goes through a shell.</summary>
    public bool IsShellForm { get; init; }

    public bool IsDockerfile { get; init; }

    public IReadOnlyList<ConfigNode> Environment { get; init; } = [];

    public static IEnumerable<RunContainer> Read(IEnumerable<LintFile> files, IEnumerable<KubeObject> objects)
    {
        foreach (var file in files.Where(f => f.Root is not null))
        {
            if (file.Kind == FileKind.Dockerfile && OfDockerfile(file) is { } last)
                yield return last;
            if (file.Kind == FileKind.Procfile)
            {
                foreach (var line in file.Root!.Children)
                    yield return new RunContainer(line.Key, "", line.Value ?? "", line.Place, line);
            }

            if (file.Kind != FileKind.Compose)
                continue;
            foreach (var service in file.Root!.Children.SelectMany(d => d["services"]?.Children ?? []))
                yield return OfCompose(service);
        }

        foreach (var (_, pod) in objects.SelectMany(o => o.PodContainers.Select(c => (o, c))))
        {
            var command = string.Join(' ', (pod["command"]?.Texts ?? []).Concat(pod["args"]?.Texts ?? []));
            yield return new RunContainer(pod.Text("name") ?? "", pod.Text("image") ?? "", command, (pod["command"] ?? pod["args"] ?? pod).Place, pod)
            {
                Environment = [.. (pod["env"]?.Items ?? []).Select(e => new ConfigNode(e.Text("name") ?? "", e.Text("value"), e.Place))],
            };
        }
    }

    private static RunContainer? OfDockerfile(LintFile file)
    {
        var steps = file.Root!.Children;
        var stage = steps.FindLastIndex(s => s.Key == "FROM");
        if (stage < 0)
            return null;
        var last = steps.Skip(stage).ToList();
        var (command, entry) = (last.FindLast(s => s.Key == "CMD"), last.FindLast(s => s.Key == "ENTRYPOINT"));
        var at = command ?? entry ?? last[0];
        var image = steps[stage].Words.FirstOrDefault(w => !w.StartsWith("--", StringComparison.Ordinal)) ?? "";
        var words = (entry?.Words ?? []).Concat(command?.Words ?? []);
        return new RunContainer(file.Path, image, string.Join(' ', words), at.Place, at)
        {
            IsShellForm = at.Key is "CMD" or "ENTRYPOINT" && at[DockerfileTree.Shell] is not null,
            IsDockerfile = true,
            Environment = [.. last.Where(s => s.Key is "ENV" or "ARG").SelectMany(Variables)],
        };
    }

    private static IEnumerable<ConfigNode> Variables(ConfigNode step) =>
        from word in step.Words
        let sign = word.IndexOf('=')
        where sign > 0
        select new ConfigNode(word[..sign], word[(sign + 1)..].Trim('"', '\''), step.Place);

    private static RunContainer OfCompose(ConfigNode service)
    {
        var command = string.Join(' ', (service["entrypoint"]?.Texts ?? []).Concat(service["command"]?.Texts ?? []));
        var environment = service["environment"];
        return new RunContainer(service.Key, service.Text("image") ?? "", command, (service["command"] ?? service["image"] ?? service).Place, service)
        {
            Environment = environment is null ? [] : environment.Items.Any()
                ? [.. environment.Items.Where(i => i.Value?.Contains('=') == true).Select(i => new ConfigNode(i.Value!.Split('=')[0], i.Value[(i.Value.IndexOf('=') + 1)..], i.Place))]
                : [.. environment.Children.Where(c => c.Value is not null)],
        };
    }
}
