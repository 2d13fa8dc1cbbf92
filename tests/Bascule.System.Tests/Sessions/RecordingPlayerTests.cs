using Microsoft.Playwright;

namespace Bascule.System.Tests;

/// <summary>A recording in the player of asciinema, which others wrote: it reads asciicast v3 by its published format.</summary>
[Collection(nameof(ClientTests))]
[Trait("Part", "sessions")]
public sealed class RecordingPlayerTests(Browser browser, RecordingTests.Stage stage) : IClassFixture<RecordingTests.Stage>
{
    private static readonly string Player = Path.Combine(Repository.Interop, "node_modules", "asciinema-player", "dist", "bundle", "asciinema-player.min.js");

    /// <summary>Plays to the end; gives its length in seconds.</summary>
    private const string Play = """
        cast => new Promise((resolve, reject) => {
          const player = AsciinemaPlayer.create({ data: cast }, document.body, { fit: false, speed: 50, idleTimeLimit: 0.1 });
          player.addEventListener('error', event => reject(new Error(JSON.stringify(event))));
          player.addEventListener('ended', async () => resolve(await player.getDuration()));
          player.play();
        })
        """;

    [Fact]
    public async Task The_player_of_asciinema_shows_what_was_on_the_screen()
    {
        Assert.True(File.Exists(Player), $"{Player} is missing. Run ./test, or: cd tests/interop && npm ci");
        var id = await stage.RecordAsync("printf 'be%sfore \\303\\251\\n' 2; printf '\\033[31mr%sd\\033[0m\\n' e; stty cols 100 rows 30; printf 'af%ser\\n' t; exit 3\r");
        var file = stage.File($"{id}.cast");
        await stage.CommandAsync("recording", id, "--output", file);
        var page = await browser.OpenAsync("about:blank");
        await page.AddScriptTagAsync(new PageAddScriptTagOptions { Path = Player });

        var seconds = await page.EvaluateAsync<double>(Play, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Soon(() => "The player neither ends nor fails.");

        Assert.True(seconds > 0, $"{seconds} s");
        // It draws a moment after it has said that it is over.
        var screen = await Waiting.UntilAsync(
            async () => (await page.EvaluateAsync<string>("document.body.innerText")).Replace('\u00a0', ' '), text => text.Contains("after", StringComparison.Ordinal), () => "The last line is not drawn.");
        Assert.Contains("be2fore é", screen);
        Assert.Contains("red", screen);
        await page.CloseAsync();
    }
}
