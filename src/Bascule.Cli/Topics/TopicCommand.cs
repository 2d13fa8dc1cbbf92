using System.CommandLine;

namespace Bascule.Cli;

/// <summary><c>bascule topic publish</c> and <c>subscribe</c>.</summary>
public static class TopicCommand
{
    public static Command Create(Surroundings surroundings) => new ExampleCommand(
        "topic", "Publish to topics of a gateway, and read them.", "bascule topic subscribe ws://127.0.0.1:8666/ws 'prices.*'", "bascule topic publish news hello")
    {
        new TopicPublish(surroundings).Create(),
        new TopicSubscribe(surroundings).Create(),
    };
}
