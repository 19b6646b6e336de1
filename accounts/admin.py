from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from accounts.models import Class, User
from accounts.throttling import AdminSignInForm

admin.site.login_form = AdminSignInForm


@admin.register(User)
class CairnUserAdmin(UserAdmin):  # type: ignore[type-arg]
    list_display = ("username", "role", "is_staff", "is_active", "last_login")
    list_filter = ("role", "is_staff", "is_active")
    fieldsets = (*(UserAdmin.fieldsets or ()), ("Cairn", {"fields": ("role",)}))


@admin.register(Class)
class ClassAdmin(admin.ModelAdmin[Class]):
    list_display = ("name", "created_at")
    search_fields = ("name",)
    filter_horizontal = ("educators", "learners")
