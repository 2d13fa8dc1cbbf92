using System.Reflection;
using System.Text.Json;

namespace Bascule.Settings;

/// <summary>Reads shapes off the settings records, once.</summary>
internal static class ShapeReader
{
    internal static RecordShape Root { get; } = ReadRecord(typeof(BasculeSettings));

    private static Shape Read(Type type) => type switch
    {
        _ when type == typeof(string) => new ScalarShape(ScalarType.Text, type),
        _ when type == typeof(bool) => new ScalarShape(ScalarType.Switch, type),
        _ when type == typeof(int) || type == typeof(long) => new ScalarShape(ScalarType.Integer, type),
        _ when type == typeof(double) => new ScalarShape(ScalarType.Number, type),
        _ when type == typeof(TimeSpan) => new ScalarShape(ScalarType.Duration, type),
        { IsEnum: true } => new ScalarShape(ScalarType.Choice, type),
        { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) =>
            new ListShape(Read(type.GetGenericArguments()[0]), type.GetGenericArguments()[0]),
        { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) && type.GetGenericArguments()[0] == typeof(string) =>
            new MapShape(Read(type.GetGenericArguments()[1]), type.GetGenericArguments()[1]),
        { IsClass: true } when type.Namespace == typeof(BasculeSettings).Namespace => ReadRecord(type),
        _ => throw new NotSupportedException($"A setting cannot be of type {type}. Teach it to {nameof(ShapeReader)}, the binder and the schema, or choose another."),
    };

    private static RecordShape ReadRecord(Type type)
    {
        var fresh = Activator.CreateInstance(type)!;
        var members = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.CanWrite)
            .Select(p => ReadMember(p, fresh))
            .ToArray();
        return new RecordShape(type, members);
    }

    private static MemberShape ReadMember(PropertyInfo property, object fresh)
    {
        var about = property.GetCustomAttribute<SettingAttribute>()
            ?? throw new InvalidOperationException($"{property.DeclaringType}.{property.Name} has no [Setting]: say what it is for.");
        var nullable = Nullable.GetUnderlyingType(property.PropertyType);
        var mayBeNull = nullable is not null || new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        return new MemberShape(JsonNamingPolicy.CamelCase.ConvertName(property.Name), property, about, Read(nullable ?? property.PropertyType),
            mayBeNull && !about.Required, property.GetValue(fresh));
    }
}
