# Who may do what in QuickSight. It takes just these two sets of actions for each kind of asset, a viewer's and an owner's.
locals {
  people = merge({ for reader in var.settings.readers : reader => "reader" }, { for owner in var.settings.owners : owner => "owner" })

  reading = {
    data_source = ["quicksight:DescribeDataSource", "quicksight:DescribeDataSourcePermissions", "quicksight:PassDataSource"]
    data_set = [
      "quicksight:DescribeDataSet", "quicksight:DescribeDataSetPermissions", "quicksight:PassDataSet",
      "quicksight:DescribeIngestion", "quicksight:ListIngestions",
    ]
    folder    = ["quicksight:DescribeFolder"]
    dashboard = ["quicksight:DescribeDashboard", "quicksight:ListDashboardVersions", "quicksight:QueryDashboard"]
  }

  owning = {
    data_source = ["quicksight:UpdateDataSource", "quicksight:DeleteDataSource", "quicksight:UpdateDataSourcePermissions"]
    data_set = [
      "quicksight:UpdateDataSet", "quicksight:DeleteDataSet", "quicksight:UpdateDataSetPermissions",
      "quicksight:CreateIngestion", "quicksight:CancelIngestion",
    ]
    folder = [
      "quicksight:CreateFolder", "quicksight:UpdateFolder", "quicksight:DeleteFolder", "quicksight:CreateFolderMembership",
      "quicksight:DeleteFolderMembership", "quicksight:DescribeFolderPermissions", "quicksight:UpdateFolderPermissions",
    ]
    dashboard = [
      "quicksight:UpdateDashboard", "quicksight:DeleteDashboard", "quicksight:DescribeDashboardPermissions",
      "quicksight:UpdateDashboardPermissions", "quicksight:UpdateDashboardPublishedVersion",
    ]
  }

  rights = {
    for kind in keys(local.reading) : kind => {
      reader = local.reading[kind]
      owner  = concat(local.reading[kind], local.owning[kind])
    }
  }
}
