from django.apps import AppConfig


class ResultsConfig(AppConfig):
    name = "skillcert.results"
    label = "results"
    verbose_name = "成绩与结果"
